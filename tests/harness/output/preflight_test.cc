#include "harness/output/preflight.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "harness/output/file_system.h"
#include "harness/output/journal.h"
#include "tests/harness/temporary_directory.h"

namespace mtkrig::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Preflight : public ::testing::Test {
 protected:
  PreflightRequest Request(std::vector<PreflightFile> files = {{"boot.img", 100}}) const {
    return {directory_ / "out", std::move(files), false, false};
  }
  TemporaryDirectory directory_;
};

TEST_F(Preflight, AcceptsAFolderThatIsYetToBeMadeAndMakesNothing) {
  EXPECT_TRUE(CheckOutputs(Request()));
  EXPECT_THAT(directory_.Names(), ElementsAre());
}

TEST_F(Preflight, AcceptsARelativeFolder) {
  PreflightRequest request = Request();
  request.directory = "some/new/folder";
  EXPECT_TRUE(CheckOutputs(request));
}

TEST_F(Preflight, RefusesAnExistingFileWithoutForce) {
  PreflightRequest request = Request();
  ASSERT_TRUE(MakeDirectory(request.directory));
  Spill(request.directory / "boot.img", "x");
  EXPECT_EQ(CheckOutputs(request).error().code(), ErrorCode::kExists);
  request.overwrite = true;
  EXPECT_TRUE(CheckOutputs(request));
}

// Once told as an interrupted read, which --force was to start over.
TEST_F(Preflight, ARunThatWritesNowIsNoInterruptedRead) {
  PreflightRequest request = Request();
  ASSERT_TRUE(MakeDirectory(request.directory));
  const std::filesystem::path target = request.directory / "boot.img";
  Spill(JournalPath(target), "{}");
  Spill(PartPath(target), "x");
  {
    const UniqueFd other(::open(PartPath(target).c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
    for (const bool resume : {false, true}) {
      request.resume = resume;
      const auto busy = CheckOutputs(request);
      ASSERT_FALSE(busy);
      EXPECT_EQ(busy.error().code(), ErrorCode::kBusy);
      EXPECT_THAT(busy.error().message(),
                  HasSubstr("another mtkrig is writing " + target.string()));
    }
    request.resume = false;
  }
  EXPECT_EQ(CheckOutputs(request).error().code(), ErrorCode::kExists);
}

TEST_F(Preflight, RefusesToDropAnInterruptedRead) {
  PreflightRequest request = Request();
  ASSERT_TRUE(MakeDirectory(request.directory));
  Spill(JournalPath(request.directory / "boot.img"), "{}");
  const Result<void> outcome = CheckOutputs(request);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().hint(), HasSubstr("--resume"));
  request.resume = true;
  EXPECT_TRUE(CheckOutputs(request));
}

TEST_F(Preflight, ADirectoryInTheWayIsRefusedEvenWithForce) {
  PreflightRequest request = Request();
  ASSERT_TRUE(MakeDirectory(request.directory / "boot.img"));
  request.overwrite = true;
  EXPECT_EQ(CheckOutputs(request).error().code(), ErrorCode::kExists);
}

TEST_F(Preflight, AFileWhereTheFolderShouldBe) {
  Spill(directory_ / "out", "x");
  const Result<void> outcome = CheckOutputs(Request());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::kInvalidArgument) << "-o names no folder";
  EXPECT_THAT(outcome.error().message(), HasSubstr("is not a directory"));
}

// Root may write anywhere, so root becomes nobody for a moment.
class AsOrdinaryUser {
 public:
  AsOrdinaryUser() : was_root_(::geteuid() == 0) {
    if (was_root_ && ::seteuid(65534) != 0) std::abort();
  }
  ~AsOrdinaryUser() {
    if (was_root_ && ::seteuid(0) != 0) std::abort();
  }
  AsOrdinaryUser(const AsOrdinaryUser&) = delete;
  AsOrdinaryUser& operator=(const AsOrdinaryUser&) = delete;

 private:
  const bool was_root_;
};

TEST_F(Preflight, AnUnwritableFolder) {
  using std::filesystem::perms;
  PreflightRequest request = Request();
  ASSERT_TRUE(MakeDirectory(request.directory));
  std::filesystem::permissions(directory_.path(), perms::all);
  std::filesystem::permissions(request.directory, perms::owner_read | perms::owner_exec |
                                                      perms::others_read | perms::others_exec);
  const AsOrdinaryUser user;
  const Result<void> outcome = CheckOutputs(request);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::kPermissionDenied);
}

// A folder as /tmp is.
class StickyFolder : public Preflight {
 protected:
  StickyFolder() : request_(Request()) {
    using std::filesystem::perms;
    EXPECT_TRUE(MakeDirectory(request_.directory));
    std::filesystem::permissions(directory_.path(), perms::all);
    std::filesystem::permissions(request_.directory, perms::all | perms::sticky_bit);
  }
  // Nothing when all is well.
  std::optional<ErrorCode> Refusal() const {
    const AsOrdinaryUser user;
    const Result<void> outcome = CheckOutputs(request_);
    if (outcome) return std::nullopt;
    EXPECT_THAT(outcome.error().message(), HasSubstr("belongs to another user"));
    EXPECT_THAT(outcome.error().hint(), HasSubstr("-o DIR"));
    return outcome.error().code();
  }
  PreflightRequest request_;
};

TEST_F(StickyFolder, WithAnotherUsersFileInTheWay) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can have files of two users";
  request_.overwrite = true;
  EXPECT_EQ(Refusal(), std::nullopt) << "an empty one is no obstacle";
  for (const std::string name : {"boot.img", "manifest.json", ".boot.img.part"}) {
    Spill(request_.directory / name, "x");
    EXPECT_EQ(Refusal(), ErrorCode::kPermissionDenied) << name;
    std::filesystem::remove(request_.directory / name);
  }
  request_.overwrite = false;
  request_.resume = true;
  Spill(request_.directory / "boot.img", "x");
  EXPECT_EQ(Refusal(), std::nullopt) << "a finished file is kept, whose ever it is";
}

TEST_F(StickyFolder, LetsOwnersReplaceTheirFiles) {
  struct ::stat folder {};
  struct ::stat file {};
  folder.st_mode = S_IFDIR | 01777;
  folder.st_uid = 7;
  file.st_mode = S_IFREG | 0666;
  file.st_uid = 8;
  EXPECT_TRUE(MayReplace(folder, file, 8));
  EXPECT_TRUE(MayReplace(folder, file, 7)) << "of the folder";
  EXPECT_TRUE(MayReplace(folder, file, 0));
  EXPECT_FALSE(MayReplace(folder, file, 9));
  folder.st_mode = S_IFDIR | 0777;
  EXPECT_TRUE(MayReplace(folder, file, 9)) << "no sticky bit";
}

TEST_F(Preflight, AManifestThatIsAFolder) {
  PreflightRequest request = Request();
  request.overwrite = true;
  ASSERT_TRUE(MakeDirectory(request.directory / "manifest.json"));
  const Result<void> outcome = CheckOutputs(request);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::kExists);
  EXPECT_THAT(outcome.error().message(), HasSubstr("manifest.json is a directory"));
}

TEST_F(Preflight, AFolderBelowOneThatMayNotBeLookedInto) {
  using std::filesystem::perms;
  ASSERT_TRUE(MakeDirectory(directory_ / "closed"));
  PreflightRequest request = Request();
  request.directory = directory_ / "closed/deep/out";
  std::filesystem::permissions(directory_.path(), perms::all);
  std::filesystem::permissions(directory_ / "closed", perms::none);
  const AsOrdinaryUser user;
  const Result<void> outcome = CheckOutputs(request);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::kPermissionDenied);
}

TEST_F(Preflight, AllFilesTogetherMustFit) {
  // No disk holds an exabyte twice.
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 62;
  const Result<void> outcome =
      CheckOutputs(Request({{"a", kHuge}, {"b", kHuge}, {"c", kHuge}, {"d", kHuge}, {"e", 1}}));
  ASSERT_FALSE(outcome) << "the sum must not wrap around";
  EXPECT_EQ(outcome.error().code(), ErrorCode::kNoSpace);
  EXPECT_THAT(outcome.error().hint(), HasSubstr("-o DIR"));
}

TEST_F(Preflight, SpaceIsComparedToTheByte) {
  EXPECT_TRUE(CheckSpace("out", 1000, 1000));
  const Result<void> outcome = CheckSpace("out", 0x600001, 0x600000);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message(), "out has 6.0 MiB free, 6.0 MiB are needed");
}

TEST_F(Preflight, TwoReadsIntoOneFile) {
  const Result<void> outcome = CheckOutputs(Request({{"boot.img", 1}, {"boot.img", 1}}));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::kInvalidArgument);
}

// The journal of an unfinished image has a longer name than the image; it was the write that
// failed.
TEST_F(Preflight, NamesThatLeaveNoRoomForThoseBesideThem) {
  const std::string longest(239, 'n');
  EXPECT_TRUE(CheckOutputs(Request({{longest, 1}})));
  const Result<void> outcome = CheckOutputs(Request({{longest + "n", 1}}));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(outcome.error().message(), HasSubstr("240 bytes, of 239 at most"));
  // That it is the longest which works, and no byte more.
  const std::filesystem::path target = directory_ / longest;
  EXPECT_TRUE(WriteJournal(target, {{}, {}, {}}));
  EXPECT_FALSE(WriteJournal(directory_ / (longest + "n"), {{}, {}, {}}));
}

TEST_F(Preflight, AFolderWhoseNameIsTooLong) {
  PreflightRequest request = Request();
  for (const std::string& folder : {std::string(256, 'd'), "new/" + std::string(256, 'd')}) {
    request.directory = directory_ / folder;
    const Result<void> outcome = CheckOutputs(request);
    ASSERT_FALSE(outcome) << folder;
    EXPECT_EQ(outcome.error().code(), ErrorCode::kInvalidArgument) << folder;
    EXPECT_THAT(outcome.error().message(), HasSubstr("256 bytes, of 255 at most")) << folder;
  }
}

TEST_F(Preflight, AFolderThatIsALinkToNothing) {
  std::filesystem::create_symlink("nowhere", directory_ / "card");
  PreflightRequest request = Request();
  for (const char* folder : {"card", "card/", "card/deep/out"}) {
    request.directory = directory_ / folder;
    const Result<void> outcome = CheckOutputs(request);
    ASSERT_FALSE(outcome) << folder;
    EXPECT_EQ(outcome.error().code(), ErrorCode::kNotFound) << folder;
    EXPECT_THAT(outcome.error().message(), HasSubstr("card is a link to nowhere")) << folder;
  }
  ASSERT_TRUE(MakeDirectory(directory_ / "nowhere"));
  EXPECT_TRUE(CheckOutputs(request)) << "one that leads somewhere is a folder";
}

TEST_F(Preflight, NamesThatWouldLeaveTheFolder) {
  for (const char* name :
       {"", ".", "..", "../boot.img", "a/b", "/etc/passwd", ".hidden", "a\nb", "manifest.json"}) {
    const Result<void> outcome = CheckOutputs(Request({{name, 1}}));
    ASSERT_FALSE(outcome) << name;
    EXPECT_EQ(outcome.error().code(), ErrorCode::kInvalidArgument) << name;
  }
}

}  // namespace
}  // namespace mtkrig::harness
