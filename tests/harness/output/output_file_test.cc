#include "tests/harness/output/output_file_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

namespace mtkrig::harness {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(OutputFileTest, HasItsNameOnlyWhenItIsWhole) {
  auto output = OutputFile::Open(Request());
  ASSERT_TRUE(output) << output.error().Describe();
  ASSERT_TRUE((*output)->Append(Image(0, kSize - 1)));
  EXPECT_THAT(directory_.Names(), ElementsAre(".boot.img.part", ".boot.img.part.json"));
  ASSERT_TRUE((*output)->Append(Image(kSize - 1, 1)));
  const Result<std::string> hash = (*output)->Commit();
  ASSERT_TRUE(hash) << hash.error().Describe();
  EXPECT_EQ(*hash, ImageHash());
  EXPECT_THAT(directory_.Names(), ElementsAre(".boot.img.part.json", "boot.img"))
      << "the journal stays until the image is in the manifest";
  EXPECT_TRUE(IsWholeImage());
  const Result<std::optional<Journal>> journal = ReadJournal(directory_ / "boot.img");
  ASSERT_TRUE(journal && *journal);
  EXPECT_EQ((*journal)->reached.bytes, kSize);
  EXPECT_EQ((*journal)->reached.sha256, ImageHash());
  RemoveJournal(directory_ / "boot.img");
  EXPECT_THAT(directory_.Names(), ElementsAre("boot.img"));
}

TEST_F(OutputFileTest, AKillAtTheStartLeavesNothingToResume) {
  // What stands on the disk before the first byte.
  auto killed = OutputFile::Open(Request());
  ASSERT_TRUE(killed);
  std::filesystem::copy(directory_ / ".boot.img.part.json", directory_ / ".lk.bin.part.json");
  EXPECT_TRUE(std::filesystem::exists(JournalPath(directory_ / "lk.bin")));
  EXPECT_FALSE(HasJournal(directory_ / "lk.bin"));
  OutputRequest request = Request();
  request.target = directory_ / "lk.bin";
  EXPECT_TRUE(OutputFile::Open(request)) << "neither --resume nor --force is needed";
}

TEST_F(OutputFileTest, TheJournalIsWrittenOverWhenTheDiskIsFull) {
  const std::filesystem::path target = directory_ / "boot.img";
  ASSERT_TRUE(WriteJournal(target, {Request().range, Request().device, {0, ImageHash()}}));
  const auto length = std::filesystem::file_size(JournalPath(target));
  // What is written beside the journal does not fit, as on a full disk.
  std::filesystem::create_symlink("/dev/full", directory_ / "..boot.img.part.json.new");
  ASSERT_TRUE(WriteJournal(target, {Request().range, Request().device, {kSize, ImageHash()}}));
  EXPECT_EQ(std::filesystem::file_size(JournalPath(target)), length);
  EXPECT_EQ((*ReadJournal(target))->reached.bytes, kSize);
}

TEST_F(OutputFileTest, AShortImageIsNotCommitted) {
  auto output = OutputFile::Open(Request());
  ASSERT_TRUE((*output)->Append(Image(0, kSize - 1)));
  EXPECT_EQ((*output)->Commit().error().code(), ErrorCode::kProtocol);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "boot.img"));
}

TEST_F(OutputFileTest, ALongImageIsRefusedBeforeItIsWritten) {
  auto output = OutputFile::Open(Request());
  ASSERT_TRUE((*output)->Append(Image(0, kSize)));
  EXPECT_EQ((*output)->Append(Image(0, 1)).error().code(), ErrorCode::kProtocol);
}

TEST_F(OutputFileTest, AnInterruptedReadLeavesPartAndJournal) {
  Interrupt(1'234'567);
  EXPECT_THAT(directory_.Names(), ElementsAre(".boot.img.part", ".boot.img.part.json"));
  const Result<std::optional<Journal>> journal = ReadJournal(directory_ / "boot.img");
  ASSERT_TRUE(journal && *journal);
  EXPECT_EQ((*journal)->reached.bytes, 1'234'567U);
  EXPECT_EQ((*journal)->range, Request().range);
  EXPECT_EQ((*journal)->device.fingerprint, "phone-a");
}

TEST_F(OutputFileTest, AReadThatGotNothingLeavesNothing) {
  {
    auto output = OutputFile::Open(Request());
    ASSERT_TRUE(output);
  }
  EXPECT_THAT(directory_.Names(), ElementsAre());
}

TEST_F(OutputFileTest, ResumeContinuesWhereItStopped) {
  Interrupt(1'234'567);
  auto output = OutputFile::Open(Resume());
  ASSERT_TRUE(output) << output.error().Describe();
  EXPECT_EQ((*output)->resumed_bytes(), 1'234'567U);
  ASSERT_TRUE((*output)->Append(Image(1'234'567, kSize - 1'234'567)));
  const Result<std::string> hash = (*output)->Commit();
  ASSERT_TRUE(hash) << hash.error().Describe();
  EXPECT_EQ(*hash, ImageHash());
  EXPECT_TRUE(IsWholeImage());
  EXPECT_THAT(directory_.Names(), ElementsAre(".boot.img.part.json", "boot.img"));
}

TEST_F(OutputFileTest, ResumeAfterResume) {
  Interrupt(1000);
  {
    auto output = OutputFile::Open(Resume());
    ASSERT_TRUE((*output)->Append(Image(1000, 500)));
    EXPECT_EQ((*output)->Suspend(), 1500U);
  }
  auto output = OutputFile::Open(Resume());
  ASSERT_TRUE(output);
  EXPECT_EQ((*output)->resumed_bytes(), 1500U);
}

TEST_F(OutputFileTest, ResumeCutsOffBytesThatWereNeverConfirmed) {
  Interrupt(1000);
  std::string part = Slurp(directory_ / ".boot.img.part");
  Spill(directory_ / ".boot.img.part", part + std::string(5000, 'x'));
  auto output = OutputFile::Open(Resume());
  ASSERT_TRUE((*output)->Append(Image(1000, kSize - 1000)));
  ASSERT_TRUE((*output)->Commit());
  EXPECT_TRUE(IsWholeImage());
}

TEST_F(OutputFileTest, ResumeStartsOverWhenTheBytesAreDamaged) {
  Interrupt(1000);
  std::string part = Slurp(directory_ / ".boot.img.part");
  part[500] = static_cast<char>(part[500] ^ 1);
  Spill(directory_ / ".boot.img.part", part);
  auto output = OutputFile::Open(Resume());
  ASSERT_TRUE(output) << output.error().Describe();
  EXPECT_EQ((*output)->resumed_bytes(), 0U);
  EXPECT_THAT((*output)->note(), HasSubstr("damaged (their SHA-256 is not that of the journal); "
                                           "starting over"));
  ASSERT_TRUE((*output)->Append(image_));
  ASSERT_TRUE((*output)->Commit());
  EXPECT_TRUE(IsWholeImage());
}

TEST_F(OutputFileTest, ResumeStartsOverWhenThePartIsShorterThanItsJournal) {
  Interrupt(1000);
  std::filesystem::resize_file(directory_ / ".boot.img.part", 999);
  auto output = OutputFile::Open(Resume());
  ASSERT_TRUE(output);
  EXPECT_EQ((*output)->resumed_bytes(), 0U);
  EXPECT_THAT((*output)->note(), HasSubstr("999 of 1000 bytes are there"));
}

TEST_F(OutputFileTest, ResumeWithNothingToResumeIsAPlainRead) {
  auto output = OutputFile::Open(Resume());
  ASSERT_TRUE(output);
  EXPECT_EQ((*output)->resumed_bytes(), 0U);
  EXPECT_EQ((*output)->note(), "");
}

TEST_F(OutputFileTest, ResumeRefusesAnotherPhoneAndKeepsTheBytes) {
  Interrupt(1000);
  OutputRequest request = Resume();
  request.device.fingerprint = "phone-b";
  const auto output = OutputFile::Open(std::move(request));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code(), ErrorCode::kExists);
  EXPECT_THAT(output.error().message(), HasSubstr("another phone"));
  EXPECT_EQ(std::filesystem::file_size(directory_ / ".boot.img.part"), 1000U);
}

TEST_F(OutputFileTest, ResumeRefusesAnotherRange) {
  Interrupt(1000);
  OutputRequest request = Resume();
  request.range.offset += 512;
  const auto output = OutputFile::Open(std::move(request));
  ASSERT_FALSE(output);
  EXPECT_THAT(output.error().message(), HasSubstr("another range"));
}

TEST_F(OutputFileTest, ResumeWithForceStartsOverOnAnotherPhone) {
  Interrupt(1000);
  OutputRequest request = Resume();
  request.device.fingerprint = "phone-b";
  request.overwrite = true;
  const auto output = OutputFile::Open(std::move(request));
  ASSERT_TRUE(output) << output.error().Describe();
  EXPECT_EQ((*output)->resumed_bytes(), 0U);
  EXPECT_THAT((*output)->note(), HasSubstr("another phone"));
}

TEST_F(OutputFileTest, ResumeStopsAtOnceWhenCancelled) {
  Interrupt(1000);
  protocol::Cancellation cancellation;
  cancellation.Cancel();
  OutputRequest request = Resume();
  request.cancellation = &cancellation;
  const auto output = OutputFile::Open(std::move(request));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(std::filesystem::file_size(directory_ / ".boot.img.part"), 1000U);
}

TEST_F(OutputFileTest, AnInterruptedReadIsNotStartedOverWithoutBeingTold) {
  Interrupt(1000);
  const auto output = OutputFile::Open(Request());
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code(), ErrorCode::kExists);
  EXPECT_THAT(output.error().hint(), HasSubstr("--resume"));
}

// As with damaged bytes, the read starts over. Whose bytes these are nobody knows any more, so
// they are not overwritten.
TEST_F(OutputFileTest, ResumeStartsOverWhenTheJournalIsDamagedAndKeepsTheBytes) {
  int kept = 0;
  for (const char* journal : {"{", "{}", R"({"schema": "mtkrig-journal-9"})", "[1]", "null"}) {
    Interrupt(1000);
    Spill(directory_ / ".boot.img.part.json", journal);
    const std::string part = Slurp(directory_ / ".boot.img.part");
    auto output = OutputFile::Open(Resume());
    ASSERT_TRUE(output) << journal << ": " << output.error().Describe();
    EXPECT_EQ((*output)->resumed_bytes(), 0U) << journal;
    std::string name = ".boot.img.part.kept";
    if (++kept > 1) name += std::to_string(kept);
    EXPECT_THAT((*output)->note(),
                AllOf(HasSubstr("the journal"), HasSubstr("starting over"), HasSubstr(name)));
    EXPECT_EQ(Slurp(directory_ / name), part) << journal;
    ASSERT_TRUE((*output)->Append(image_));
    ASSERT_TRUE((*output)->Commit());
    EXPECT_TRUE(IsWholeImage()) << journal;
    std::filesystem::remove(directory_ / "boot.img");
    RemoveJournal(directory_ / "boot.img");
  }
}

TEST_F(OutputFileTest, BytesWithoutAJournalAreKept) {
  for (const bool resume : {false, true}) {
    Spill(directory_ / ".boot.img.part", "somebody's");
    auto output = OutputFile::Open(resume ? Resume() : Request());
    ASSERT_TRUE(output) << output.error().Describe();
    const std::string name = resume ? ".boot.img.part.kept2" : ".boot.img.part.kept";
    EXPECT_THAT((*output)->note(), AllOf(HasSubstr("has no journal"), HasSubstr(name)));
    EXPECT_EQ(Slurp(directory_ / name), "somebody's");
    output->reset();
    RemovePart(directory_ / "boot.img");
  }
  Spill(directory_ / ".boot.img.part", "somebody's");
  OutputRequest forced = Request();
  forced.overwrite = true;
  const auto output = OutputFile::Open(std::move(forced));
  ASSERT_TRUE(output);
  EXPECT_EQ((*output)->note(), "");
}

TEST_F(OutputFileTest, ResumeDoesWithoutAPartBesideADamagedJournal) {
  Spill(directory_ / ".boot.img.part.json", "{");
  auto output = OutputFile::Open(Resume());
  ASSERT_TRUE(output) << output.error().Describe();
  EXPECT_THAT((*output)->note(), HasSubstr("starting over"));
  EXPECT_THAT(directory_.Names(), ElementsAre(".boot.img.part", ".boot.img.part.json"));
}

TEST_F(OutputFileTest, ForceGoesOnOverADamagedJournal) {
  Interrupt(1000);
  Spill(directory_ / ".boot.img.part.json", "{");
  EXPECT_EQ(OutputFile::Open(Request()).error().code(), ErrorCode::kExists);
  OutputRequest request = Request();
  request.overwrite = true;
  EXPECT_TRUE(OutputFile::Open(std::move(request)));
}

TEST_F(OutputFileTest, AJournalThatMayNotBeReadIsNoDamagedOne) {
  Interrupt(1000);
  std::filesystem::remove(directory_ / ".boot.img.part.json");
  std::filesystem::create_symlink(".boot.img.part.json", directory_ / ".boot.img.part.json");
  const auto output = OutputFile::Open(Resume());
  ASSERT_FALSE(output);
  EXPECT_EQ(std::filesystem::file_size(directory_ / ".boot.img.part"), 1000U);
}

// A boot ROM tells the ME id, most preloaders do not: what is known of it is kept.
TEST_F(OutputFileTest, TheMeIdStaysInTheJournalOfARunThatWasNotToldIt) {
  OutputRequest first = Request();
  first.device.me_id = "a1";
  {
    auto output = OutputFile::Open(first);
    ASSERT_TRUE((*output)->Append(Image(0, 1000)));
    EXPECT_EQ((*output)->Suspend(), 1000U);
  }
  {
    auto output = OutputFile::Open(Resume());
    ASSERT_TRUE(output) << output.error().Describe();
    EXPECT_EQ((*output)->resumed_bytes(), 1000U);
    ASSERT_TRUE((*output)->Append(Image(1000, 500)));
    EXPECT_EQ((*output)->Suspend(), 1500U);
  }
  OutputRequest other = Resume();
  other.device.me_id = "b2";
  const auto refused = OutputFile::Open(other);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("another phone"));
}

TEST_F(OutputFileTest, AnExistingFileNeedsForce) {
  Spill(directory_ / "boot.img", "precious");
  const auto refused = OutputFile::Open(Request());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kExists);
  EXPECT_THAT(refused.error().hint(), HasSubstr("--force"));

  OutputRequest request = Request();
  request.overwrite = true;
  auto output = OutputFile::Open(std::move(request));
  ASSERT_TRUE(output) << output.error().Describe();
  EXPECT_EQ(Slurp(directory_ / "boot.img"), "precious") << "until the new one is whole";
  ASSERT_TRUE((*output)->Append(image_));
  ASSERT_TRUE((*output)->Commit());
  EXPECT_TRUE(IsWholeImage());
}

TEST_F(OutputFileTest, AFileThatAppearsMeanwhileIsNotOverwritten) {
  auto output = OutputFile::Open(Request());
  ASSERT_TRUE((*output)->Append(image_));
  Spill(directory_ / "boot.img", "precious");
  EXPECT_EQ((*output)->Commit().error().code(), ErrorCode::kExists);
  EXPECT_EQ(Slurp(directory_ / "boot.img"), "precious");
}

TEST_F(OutputFileTest, TwoRunsDoNotWriteOneFile) {
  const auto first = OutputFile::Open(Request());
  ASSERT_TRUE(first);
  const auto second = OutputFile::Open(Request());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kBusy);
}

TEST_F(OutputFileTest, AMissingFolderIsAnError) {
  OutputRequest request = Request();
  request.target = directory_ / "missing/boot.img";
  EXPECT_EQ(OutputFile::Open(std::move(request)).error().code(), ErrorCode::kNotFound);
}

// A limit on the size of files stands for a full disk: the kernel refuses in the same place.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(::rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    ::rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  ::rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST_F(OutputFileTest, WhatWasWrittenBeforeTheDiskWasFullCanBeResumed) {
  {
    const FileSizeLimit limit(0x1A0000);
    auto output = OutputFile::Open(Request());
    ASSERT_TRUE(output);
    Result<void> appended = (*output)->Append(image_);
    const Result<std::string> committed = (*output)->Commit();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code(), ErrorCode::kNoSpace);
    EXPECT_EQ((*output)->Suspend(), 0x100000U);
    EXPECT_FALSE(std::filesystem::exists(directory_ / "boot.img"));
  }
  auto output = OutputFile::Open(Resume());
  ASSERT_TRUE(output) << output.error().Describe();
  ASSERT_EQ((*output)->resumed_bytes(), 0x100000U);
  ASSERT_TRUE((*output)->Append(Image(0x100000, kSize - 0x100000)));
  ASSERT_TRUE((*output)->Commit());
  EXPECT_TRUE(IsWholeImage());
}

}  // namespace
}  // namespace mtkrig::harness
