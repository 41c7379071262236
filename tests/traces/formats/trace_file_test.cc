// Traces as files: what is created, what is never touched, and what a crash leaves behind.

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <csignal>

#include "trace_testing.h"

namespace mtkrig::traces {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Event Byte(std::uint8_t byte) {
  return BytesEvent(Direction::kToHost, Bytes{byte});
}

Result<std::unique_ptr<TraceWriter>> Create(const std::string& path, bool overwrite = false) {
  return CreateTrace(path, {.facts = {}, .overwrite = overwrite});
}

ErrorCode CodeOf(const Result<std::unique_ptr<TraceWriter>>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? ErrorCode::kIo : result.error().code();
}

TEST(TraceFile, TheSuffixSaysWhatIsWritten) {
  const TraceDirectory directory;
  const std::vector<std::pair<std::string, Bytes>> cases = {
      {"a.pcapng", {0x0a, 0x0d, 0x0d, 0x0a}},
      {"a.wire", {'@', ' ', 'w', 'i'}},
      {"a.pcapng.zst", {0x28, 0xb5, 0x2f, 0xfd}},
      {"a.wire.zst", {0x28, 0xb5, 0x2f, 0xfd}},
  };
  for (const auto& [name, magic] : cases) {
    {
      auto writer = Create(directory / name);
      ASSERT_TRUE(writer.has_value()) << writer.error().Describe();
      ASSERT_TRUE((*writer)->Add(Byte(0x5f)).has_value());
    }
    const Bytes bytes = Slurp(directory / name);
    EXPECT_EQ(Bytes(bytes.begin(), bytes.begin() + 4), magic);
    // The content says what is read.
    std::filesystem::rename(directory / name, directory / "renamed");
    EXPECT_THAT(ReadAll(OpenTrace(directory / "renamed")).lines, ElementsAre("< bytes 5f"));
  }
  EXPECT_EQ(CodeOf(Create(directory / "a.pcap")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Create(directory / ".wire")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Create(directory / "no/such/folder.wire")), ErrorCode::kNotFound);
}

TEST(TraceFile, NothingIsOverwrittenUnasked) {
  const TraceDirectory directory;
  const std::string path = directory / "a.wire";
  Spill(path, FromText("mine"));
  EXPECT_EQ(CodeOf(Create(path)), ErrorCode::kExists);
  EXPECT_EQ(Slurp(path), FromText("mine"));
}

TEST(TraceFile, OverwritingReplacesTheFileAndNotItsContent) {
  const TraceDirectory directory;
  const std::string path = directory / "a.wire";
  const std::string other_name = directory / "kept";
  Spill(path, FromText("mine"));
  std::filesystem::create_hard_link(path, other_name);
  { ASSERT_TRUE(Create(path, true).has_value()); }
  EXPECT_EQ(Slurp(path), FromText("@ wire 1\n"));
  EXPECT_EQ(Slurp(other_name), FromText("mine"));
}

// A recording can be converted into its own name: what is read is the old file.
TEST(TraceFile, WhatIsBeingReadMayBeReplaced) {
  const TraceDirectory directory;
  const std::string path = directory / "a.wire";
  Spill(path, FromText("> a0\n< 5f\n"));
  auto reader = OpenTrace(path);
  ASSERT_TRUE(reader.has_value());
  ASSERT_TRUE(Create(path, true).has_value());
  EXPECT_THAT(ReadAll(std::move(reader)).lines, ElementsAre("> bytes a0", "< bytes 5f"));
}

TEST(TraceFile, LinksAndDeviceNodesAreNeverWrittenThrough) {
  const TraceDirectory directory;
  const std::string target = directory / "precious";
  Spill(target, FromText("mine"));
  const std::string link = directory / "link.wire";
  const std::string dangling = directory / "dangling.wire";
  const std::string pipe = directory / "pipe.wire";
  const std::string null = directory / "null.wire";
  std::filesystem::create_symlink(target, link);
  std::filesystem::create_symlink(directory / "absent", dangling);
  std::filesystem::create_symlink("/dev/null", null);
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::filesystem::create_directory(directory / "folder.wire");
  for (const std::string& path : {link, dangling, pipe, null, directory / "folder.wire"}) {
    EXPECT_EQ(CodeOf(Create(path, false)), ErrorCode::kExists) << path;
    EXPECT_EQ(CodeOf(Create(path, true)), ErrorCode::kExists) << path;
  }
  EXPECT_EQ(Slurp(target), FromText("mine"));
  EXPECT_FALSE(std::filesystem::exists(directory / "absent"));
}

TEST(TraceFile, OnlyRegularFilesAreRead) {
  const TraceDirectory directory;
  const std::string pipe = directory / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(ReadAll(OpenTrace(pipe)).code, ErrorCode::kUnsupported);
  const ReadTrace folder = ReadAll(OpenTrace(directory.path().string()));
  EXPECT_EQ(folder.code, ErrorCode::kInvalidInput);
  EXPECT_NE(folder.error.find("is a directory"), std::string::npos) << folder.error;
  EXPECT_EQ(ReadAll(OpenTrace(directory / "absent")).code, ErrorCode::kNotFound);
}

// A program that dies leaves what it added, without Flush() and without an end.
TEST(TraceFile, EveryEventIsReadableAsSoonAsItIsAdded) {
  const TraceDirectory directory;
  for (const char* const name : {"a.pcapng", "a.wire"}) {
    auto writer = Create(directory / name);
    ASSERT_TRUE(writer.has_value());
    EXPECT_THAT(ReadAll(OpenTrace(directory / name)).lines, ElementsAre());
    for (std::size_t i = 1; i < 20; ++i) {
      ASSERT_TRUE((*writer)->Add(Byte(static_cast<std::uint8_t>(i))).has_value());
      const ReadTrace trace = ReadAll(OpenTrace(directory / name));
      EXPECT_EQ(trace.lines.size(), i) << trace.error;
    }
  }
}

TEST(TraceFile, ACompressedFileIsReadableUpToTheLastFlush) {
  const TraceDirectory directory;
  for (const char* const name : {"a.pcapng.zst", "a.wire.zst"}) {
    auto writer = Create(directory / name);
    ASSERT_TRUE(writer.has_value());
    for (int i = 0; i < 100; ++i) ASSERT_TRUE((*writer)->Add(Byte(1)).has_value());
    ASSERT_TRUE((*writer)->Flush().has_value());
    const ReadTrace flushed = ReadAll(OpenTrace(directory / name));
    EXPECT_EQ(flushed.lines.size(), 100U) << flushed.error;
    // Without Flush() the loss is bounded.
    Bytes noise(1000);
    for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<std::uint8_t>(i * 7);
    for (int i = 0; i < 500; ++i) {
      ASSERT_TRUE((*writer)->Add(BytesEvent(Direction::kToHost, noise)).has_value());
    }
    const ReadTrace trace = ReadAll(OpenTrace(directory / name));
    EXPECT_EQ(trace.error, "");
    EXPECT_EQ(trace.events.back().kind, EventKind::kGap);
    if (std::string_view(name) == "a.pcapng.zst") {
      EXPECT_GT(trace.lines.size(), 565U);
    }
    EXPECT_LT(trace.lines.size(), 601U);
  }
}

TEST(TraceFile, ACompressedFileMayBeCutAnywhere) {
  const TraceDirectory directory;
  const std::string path = directory / "a.pcapng.zst";
  {
    auto writer = Create(path);
    ASSERT_TRUE(writer.has_value());
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE((*writer)->Add(Byte(static_cast<std::uint8_t>(i * 37))).has_value());
    }
  }
  const Bytes whole = Slurp(path);
  EXPECT_EQ(ReadBytes(whole).lines.size(), 50U);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const ReadTrace trace = ReadBytes({whole.begin(), whole.begin() + static_cast<long>(size)});
    // Either the head is gone, or everything that is there is read.
    if (trace.code.has_value()) {
      EXPECT_EQ(trace.code, ErrorCode::kInvalidInput) << trace.error;
      EXPECT_THAT(trace.events, ElementsAre());
    }
  }
}

// It once was told as a file of 0 bytes.
TEST(TraceFile, ACompressedFileOfWhichNothingCanBeReadEndsEarly) {
  // Of sixteen values only: a block that was not stored as it is comes out whole, or not at all.
  Bytes data(60'000);
  std::uint32_t value = 1;
  for (std::uint8_t& byte : data) {
    value = value * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(value >> 28);
  }
  const Bytes plain = Pcapng({OutSubmit(1, data), OutComplete(1, 60'000)});
  Bytes whole(ZSTD_compressBound(plain.size()));
  whole.resize(ZSTD_compress(whole.data(), whole.size(), plain.data(), plain.size(), 3));
  EXPECT_EQ(ReadBytes(whole, "1:5").events.size(), 1U);
  ASSERT_GT(whole.size(), 500U);
  for (const std::size_t size : {std::size_t{4}, std::size_t{5}, std::size_t{500}}) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    for (const char* format : {"", "capture", "mtkclient"}) {
      const ReadTrace trace =
          ReadAll(OpenTraceContent(MemoryContent(cut, "trace"), {.device = {}, .format = format}));
      EXPECT_EQ(trace.code, ErrorCode::kInvalidInput);
      EXPECT_THAT(trace.error, HasSubstr("trace: the compressed data ends early, behind " +
                                         std::to_string(size) + " bytes"));
      EXPECT_EQ(trace.offset, size);
    }
  }
  Bytes nothing(ZSTD_compressBound(0));
  nothing.resize(ZSTD_compress(nothing.data(), nothing.size(), nullptr, 0, 1));
  EXPECT_THAT(ReadBytes(nothing).error, HasSubstr("trace is empty: 0 bytes"));
}

TEST(TraceFile, DamagedCompressedDataIsAnErrorAtItsPlace) {
  const TraceDirectory directory;
  const std::string path = directory / "a.wire.zst";
  {
    auto writer = Create(path);
    ASSERT_TRUE(writer.has_value());
    ASSERT_TRUE((*writer)->Add(Byte(1)).has_value());
    ASSERT_TRUE((*writer)->Flush().has_value());
  }
  Bytes bytes = Slurp(path);
  const Bytes garbage(100, 0x77);
  bytes.insert(bytes.end(), garbage.begin(), garbage.end());
  const ReadTrace trace = ReadBytes(bytes);
  EXPECT_THAT(trace.lines, ElementsAre("< bytes 01"));
  EXPECT_EQ(trace.code, ErrorCode::kInvalidInput);
  EXPECT_THAT(trace.error, HasSubstr("damaged Zstandard data near byte"));
}

// A full disk: the file ends with a whole record, and the error stays.
TEST(TraceFile, AFullDiskLeavesWholeRecords) {
  const TraceDirectory directory;
  const std::string path = directory / "a.pcapng";
  auto writer = Create(path);
  ASSERT_TRUE(writer.has_value());
  ASSERT_TRUE((*writer)->Add(Byte(1)).has_value());
  const std::size_t size = std::filesystem::file_size(path);
  // A limit on the size of files stands for the disk; the signal would end the program.
  struct ::rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  struct ::rlimit limit = before;
  limit.rlim_cur = size + 100;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const Result<void> full = (*writer)->Add(Byte(2));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, old_handler);
  const Result<void> later = (*writer)->Add(Byte(3));
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().code(), ErrorCode::kNoSpace);
  EXPECT_FALSE(later.has_value());
  EXPECT_EQ(std::filesystem::file_size(path), size);
  EXPECT_THAT(ReadAll(OpenTrace(path)).lines, ElementsAre("< bytes 01"));
}

// A capture of half a gigabyte that no disk has to hold.
class EndlessSource final : public ByteSource {
 public:
  EndlessSource(Bytes head, Bytes body, std::size_t rounds)
      : current_(std::move(head)), body_(std::move(body)), rounds_(rounds) {}
  Result<std::size_t> Read(std::span<std::uint8_t> buffer) override {
    if (at_ == current_.size()) {
      if (rounds_ == 0) return std::size_t{0};
      --rounds_;
      current_ = body_;
      at_ = 0;
    }
    const std::size_t count = std::min(buffer.size(), current_.size() - at_);
    std::copy_n(current_.begin() + static_cast<std::ptrdiff_t>(at_), count, buffer.begin());
    at_ += count;
    return count;
  }

 private:
  Bytes current_;
  Bytes body_;
  std::size_t rounds_;
  std::size_t at_ = 0;
};

class EndlessContent final : public Content {
 public:
  Result<std::unique_ptr<ByteSource>> Open() const override {
    PcapngBuilder head;
    head.Section().Interface();
    PcapngBuilder body;
    body.Urbs({InSubmit(1, kBytes), InComplete(1, Bytes(kBytes, 0xee))});
    return std::unique_ptr<ByteSource>(
        std::make_unique<EndlessSource>(head.bytes(), body.bytes(), kRounds));
  }
  const std::string& name() const override { return name_; }

  static constexpr std::size_t kRounds = 512;
  static constexpr std::size_t kBytes = 1024 * 1024;

 private:
  std::string name_ = "endless";
};

TEST(TraceFile, MemoryDoesNotGrowWithTheFile) {
  const auto peak_kib = [] {
    struct ::rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const long before = peak_kib();
  auto reader = OpenTraceContent(std::make_shared<EndlessContent>(), {});
  ASSERT_TRUE(reader.has_value()) << reader.error().Describe();
  std::uint64_t total = 0;
  while (true) {
    auto event = (*reader)->Next();
    ASSERT_TRUE(event.has_value()) << event.error().Describe();
    if (!event->has_value()) break;
    total += (*event)->length;
  }
  EXPECT_EQ(total, EndlessContent::kRounds * EndlessContent::kBytes);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr bool kSanitized = true;  // their allocators keep freed memory
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  constexpr bool kSanitized = true;
#else
  constexpr bool kSanitized = false;
#endif
#else
  constexpr bool kSanitized = false;
#endif
  if (!kSanitized) {
    EXPECT_LT(peak_kib() - before, 64 * 1024);
  }
}

}  // namespace
}  // namespace mtkrig::traces
