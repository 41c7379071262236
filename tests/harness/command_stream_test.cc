// Where output goes that is not a file of the command's own: pipes that nobody reads, recordings
// without room, the completions of a shell.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/exit_codes.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Standard output is a pipe whose reader is gone, as behind `| head -1`.
class NobodyReads : public Command {
 protected:
  NobodyReads() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) ADD_FAILURE() << "no pipe";
    ::close(ends[0]);
    write_end_ = ends[1];
  }
  ~NobodyReads() override { ::close(write_end_); }
  NobodyReads(const NobodyReads&) = delete;
  NobodyReads& operator=(const NobodyReads&) = delete;

  ProcessResult Run(const std::string& arguments) const {
    return Shell(fmt::format("$mtkrig {} >&{}", arguments, write_end_));
  }

 private:
  int write_end_ = -1;
};

TEST_F(NobodyReads, EndsQuietlyAsOtherCommandsDo) {
  for (const char* line : {"emulators", "emulators --json", "--help", "completion bash"}) {
    const ProcessResult result = Run(line);
    EXPECT_EQ(result.exit_code, kExitReaderGone) << line;
    EXPECT_THAT(result.err, IsEmpty()) << line;
  }
  EXPECT_THAT(Run("blockmap -d emulator:mt6577").err, Not(HasSubstr("error")));
}

TEST_F(NobodyReads, AnErrorKeepsItsExitCode) {
  const ProcessResult result = Run("identify -d emulator:mt9999 --json");
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNotFound));
  EXPECT_THAT(result.err, HasSubstr("mt9999"));
}

TEST_F(NobodyReads, AnImageIsReadToItsEnd) {
  const ProcessResult result = Run("readback -q --json -d emulator:mt6580 -o '" + Out() + "' boot");
  EXPECT_EQ(result.exit_code, kExitReaderGone);
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(Out("boot.img")));
  EXPECT_TRUE(std::filesystem::exists(Out("manifest.json")));
}

// More than any pipe holds. Its last line is an error for who gets there.
class LongRecording : public NobodyReads {
 protected:
  std::string File() const {
    std::string text = "> a0 0a 50 05\n< 5f f5 af fa\n";
    for (int i = 0; i < 20'000; ++i) text += "> fd\n< fd 6580 0000\n";
    Spill(directory_ / "long.wire", text + "< no hexadecimal digits\n");
    return (directory_ / "long.wire").string();
  }
};

// It was decoded to its end although nobody read.
TEST_F(LongRecording, IsNotDecodedForNobody) {
  for (const char* flags : {"", "-v", "--jsonl", "--json"}) {
    const ProcessResult result = Run(fmt::format("trace show {} '{}'", flags, File()));
    EXPECT_EQ(result.exit_code, kExitReaderGone) << flags;
    EXPECT_THAT(result.err, IsEmpty()) << flags;
  }
  const ProcessResult head =
      Shell(fmt::format("$mtkrig trace show '{}' | head -1; exit ${{PIPESTATUS[0]}}", File()));
  EXPECT_EQ(head.exit_code, kExitReaderGone);
  EXPECT_THAT(head.err, IsEmpty());
  EXPECT_EQ(Shell(fmt::format("$mtkrig trace show '{}' > /dev/null", File())).exit_code,
            ExitCodeOf(ErrorCode::kInvalidInput))
      << "so the end was not reached";
}

TEST_F(LongRecording, AFullDiskEndsIt) {
  const ProcessResult result = Shell(fmt::format("$mtkrig trace show '{}' > /dev/full", File()));
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNoSpace));
  EXPECT_EQ(result.err, "error: standard output: No space left on device\n");
}

TEST_F(Command, AFullDiskBehindStandardOutputIsAnErrorWithItsCause) {
  for (const char* line : {"emulators", "emulators --json", "--help", "completion bash"}) {
    const ProcessResult result = Shell(fmt::format("$mtkrig {} > /dev/full", line));
    EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNoSpace)) << line;
    EXPECT_EQ(result.err, "error: standard output: No space left on device\n") << line;
  }
  const ProcessResult closed = Shell("$mtkrig emulators >&-");
  EXPECT_EQ(closed.exit_code, ExitCodeOf(ErrorCode::kIo));
  EXPECT_EQ(closed.err, "error: standard output: Bad file descriptor\n");
}

// The recording or the image once got the number of what was closed, and then what was printed.
TEST_F(Command, ClosedStreamsPrintIntoNoFile) {
  const std::string read = "$mtkrig readback --force -d emulator:mt6580 boot --trace '" +
                           (directory_ / "s.pcapng").string() + "' -o '" + Out() + "' ";
  ASSERT_EQ(Shell(read).exit_code, kExitSuccess);
  const std::string image = Slurp(Out("boot.img"));
  for (const char* closed : {">&-", "2>&-", "<&- >&- 2>&-"}) {
    const ProcessResult result = Shell(read + closed);
    const bool has_output = std::string_view(closed) == "2>&-";
    EXPECT_EQ(result.exit_code, has_output ? kExitSuccess : ExitCodeOf(ErrorCode::kIo)) << closed;
    EXPECT_TRUE(Slurp(Out("boot.img")) == image) << closed;
    EXPECT_EQ(Shell("$mtkrig trace show '" + (directory_ / "s.pcapng").string() + "'").exit_code,
              kExitSuccess)
        << closed;
  }
}

// A limit on the size of files stands for a full disk. It was a warning, and exit status 0.
class RecordingWithoutRoom : public Command {
 protected:
  ProcessResult Run(const std::string& arguments) const {
    return Shell(fmt::format("ulimit -f 16; $mtkrig {} --trace '{}'", arguments,
                             (directory_ / "s.pcapng").string()));
  }
};

TEST_F(RecordingWithoutRoom, IsAnErrorAndWhatWasReadStays) {
  const ProcessResult result =
      Run("readback -d emulator:mt6580 --range EMMC_USER:0x0+4K=start.bin -o '" + Out() + "'");
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNoSpace)) << result.err;
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("error: the recording"), HasSubstr("s.pcapng is incomplete"),
                    HasSubstr("hint: everything else is done and whole")));
  EXPECT_THAT(result.out, HasSubstr("start.bin"));
  EXPECT_EQ(std::filesystem::file_size(Out("start.bin")), 4096U);
  EXPECT_EQ(nlohmann::json::parse(Slurp(Out("manifest.json")))["files"].size(), 1U);
}

TEST_F(RecordingWithoutRoom, IsToldByEveryCommandBehindItsResult) {
  const ProcessResult identify = Run("identify -d emulator:mt6580 --json");
  EXPECT_EQ(identify.exit_code, ExitCodeOf(ErrorCode::kNoSpace));
  EXPECT_EQ(Json(identify)["error"]["code"], "no-space");
  EXPECT_EQ(Json(identify)["results"]["device"]["hw_code"], "0x6580");
  std::filesystem::remove(directory_ / "s.pcapng");
  const ProcessResult blockmap = Run("blockmap -d emulator:mt6580");
  EXPECT_EQ(blockmap.exit_code, ExitCodeOf(ErrorCode::kNoSpace));
  EXPECT_THAT(blockmap.out, HasSubstr("recovery"));
  std::filesystem::remove(directory_ / "s.pcapng");
  const ProcessResult check = Run("scatter check '" + ScatterFile() + "' -d emulator:mt6577");
  EXPECT_EQ(check.exit_code, ExitCodeOf(ErrorCode::kNoSpace));
}

// It was a warning, and exit status 0.
TEST_F(RecordingWithoutRoom, OfAServedPhoneIsAnErrorToo) {
  Process server(
      {"/bin/bash", "-c",
       fmt::format("ulimit -f 16; exec '{}' emulate -p mt6580 --usbip 127.0.0.1:0 --control '{}' "
                   "--trace '{}'",
                   MTKRIG_BINARY, (directory_ / "control").string(),
                   (directory_ / "s.pcapng").string())});
  ASSERT_TRUE(server.ReadErrorUntil("control socket:"));
  const ProcessResult read =
      Mtkrig({"readback", "-d", "usbip:" + ServedAt(server) + "/1-1", "--da", Agents(), "--range",
              "EMMC_USER:0x0+64K=start.bin", "-o", Out()});
  EXPECT_EQ(read.exit_code, kExitSuccess) << "the phone is served on: " << read.err;
  server.Signal(SIGINT);
  const ProcessResult result = server.Wait();
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNoSpace)) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("error: the recording"), HasSubstr("is incomplete")));
}

TEST_F(RecordingWithoutRoom, BehindAnotherErrorIsAWarning) {
  const ProcessResult result = Run("readback -d emulator:mt6580 -o '" + Out() + "' bogus");
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNotFound));
  EXPECT_THAT(result.err, HasSubstr("warning: the recording"));
}

// What bash offers for a line; the last word is the one that is completed.
class BashCompletion : public Command {
 protected:
  static std::vector<std::string> Offers(const std::string& words) {
    const ProcessResult result = Shell(
        "source <($mtkrig completion bash); COMP_WORDS=(" + words +
        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _mtkrig; printf '%s\\n' \"${COMPREPLY[@]}\"");
    EXPECT_THAT(result.err, IsEmpty()) << words;
    std::vector<std::string> offers;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) offers.push_back(line);
    return offers;
  }
};

TEST_F(BashCompletion, OffersCommonFlagsBeforeACommandToo) {
  for (const char* words : {"mtkrig --", "mtkrig scatter --", "mtkrig da --", "mtkrig trace --"}) {
    for (const char* flag : {"--json", "--quiet", "--no-progress", "--verbose", "--help"}) {
      EXPECT_THAT(Offers(words), Contains(flag)) << words;
    }
  }
  EXPECT_THAT(Offers("mtkrig --"), Contains("--version"));
  EXPECT_THAT(Offers("mtkrig --json re"), AllOf(Contains("readback"), Contains("replay-host")));
}

}  // namespace
}  // namespace mtkrig::harness
