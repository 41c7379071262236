// `mtkrig trace to-test`: which phone the recorded host is played against, and recordings that
// other tools made, whose logs lack the handshake.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "harness/exit_codes.h"
#include "tests/traces/corpus/to_test_fixture.h"

namespace mtkrig::traces {
namespace {

using harness::Slurp;
using harness::Spill;
using test::CommandResult;
using test::Mtkrig;
using test::ToTest;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

void Replace(std::string& text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what;
  text.replace(at, what.size(), by);
}

class ToTestHost : public ToTest {
 protected:
  std::string Identified(const std::string& phone) const {
    const std::string file = Path(phone + ".wire");
    std::filesystem::remove(file);
    EXPECT_EQ(Mtkrig({"identify", "-d", "emulator:" + phone, "--trace", file}).exit_code, 0);
    return file;
  }
  // What mtkrig says to the phone behind the handshake, up to the agent, in lines of a debug log.
  std::string Log(const std::string& phone, std::string_view begin, std::string_view sent,
                  std::string_view received) const {
    std::string log(begin);
    std::istringstream lines(Slurp(Identified(phone)));
    bool shaken = false;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("@ phase send DA")) break;
      if (line == "> fd") shaken = true;
      if (!shaken || (line[0] != '>' && line[0] != '<')) continue;
      std::string bytes = line.substr(2);
      std::erase(bytes, ' ');
      log += std::string(line[0] == '>' ? sent : received) + bytes + "\n";
    }
    return log;
  }
  CommandResult Make(const std::string& file, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"trace", "to-test", file, "--corpus", Corpus()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Mtkrig(arguments);
  }
};

// mtkclient logs no handshake over USB, so every such log begins with that gap.
TEST_F(ToTestHost, ALogBehindTheHandshakeBecomesATest) {
  const std::string file = Path("log.txt");
  for (const auto& [begin, sent, received] :
       {std::tuple(
            "MTK Flash/Exploit Client Public V2.0.1 (c) B.Kerler 2018-2024\n"
            "Port - Device detected :)\n",
            "DeviceClass\nDeviceClass - [LIB]: TX:", "DeviceClass\nDeviceClass - [LIB]: RX:"),
        std::tuple("Preloader - Status: Waiting for PreLoader VCOM, please reconnect mobile\n"
                   "Port - Device detected :)\n",
                   "DEBUG:DeviceClass:TX:", "DEBUG:DeviceClass:RX:"),
        std::tuple("", "[LIB]: \x1b[95mTX:", "[LIB]: \x1b[95mRX:")}) {
    Spill(file, Log("mt6580", begin, sent, received));
    const CommandResult played = Mtkrig({"replay-host", file, "-d", "emulator:mt6580"});
    if (*begin != '\0') {
      EXPECT_EQ(played.exit_code, 0) << played.text;
      EXPECT_THAT(played.text, HasSubstr("the same: "));
      EXPECT_THAT(played.text, HasSubstr("lacks the handshake"));
    } else {
      EXPECT_THAT(played.text, HasSubstr("ignore: [missing-handshake]"));
    }
    const CommandResult made = Make(file, {"--name", "log", "-d", "emulator:mt6580"});
    ASSERT_EQ(made.exit_code, 0) << made.text;
    EXPECT_THAT(made.text, HasSubstr("ignore: [missing-handshake]"));
    EXPECT_THAT(made.text, HasSubstr("--run")) << "the phone's side is missing";
    const auto sessions = Sessions();
    ASSERT_EQ(sessions.size(), 1U);
    EXPECT_THAT(sessions[0].loosened, Contains("missing-handshake"));
    ASSERT_EQ(sessions[0].as_host.size(), 1U);
    EXPECT_EQ(sessions[0].as_host[0].differs, "");
    CheckAll();
    // The test is one of the phone: another chip is noticed.
    EXPECT_EQ(Mtkrig({"replay-host", Corpus() + "/" + sessions[0].trace, "-d", "emulator:mt6577"})
                  .exit_code,
              1);
    std::filesystem::remove_all(Corpus());
    std::filesystem::create_directory(Corpus());
  }
}

TEST_F(ToTestHost, ALogBehindTheHandshakeIsAPhone) {
  const std::string file = Path("log.txt");
  Spill(file, Log("mt6577", "Port - Device detected :)\n", "[LIB]: TX:", "[LIB]: RX:"));
  const CommandResult made = Make(file, {"--name", "log", "--run", "identify"});
  ASSERT_EQ(made.exit_code, 0) << made.text;
  ASSERT_EQ(Sessions().size(), 1U);
  ASSERT_EQ(Sessions()[0].as_phone.size(), 1U);
  EXPECT_EQ(Sessions()[0].chip, "MT6577");
  ASSERT_EQ(Sessions()[0].as_host.size(), 1U);
  EXPECT_EQ(Sessions()[0].as_host[0].device, "emulator:mt6577") << "by its sub code";
  EXPECT_EQ(Sessions()[0].as_host[0].differs, "");
  CheckAll();
}

// Another gap is none that anybody can fill.
TEST_F(ToTestHost, AGapSaysWhatToDo) {
  const std::string file = Path("log.txt");
  std::string log = Log("mt6580", "Port - Device detected :)\n", "[LIB]: TX:", "[LIB]: RX:");
  Replace(log, "[LIB]: TX:fc", "[LIB]: TX:fc0");
  Spill(file, log);
  const CommandResult made = Make(file, {"--name", "log", "-d", "emulator:mt6580"});
  EXPECT_EQ(made.exit_code, harness::ExitCodeOf(protocol::ErrorCode::kInvalidInput)) << made.text;
  EXPECT_THAT(made.text, HasSubstr("the recording has a gap"));
  EXPECT_THAT(made.text, HasSubstr("log.replay.yaml"));
  EXPECT_THAT(made.text, Not(HasSubstr("nothing says how")));
  EXPECT_FALSE(std::filesystem::exists(Corpus() + "/corpus.yaml"));
}

// It would differ whatever the phone is.
TEST_F(ToTestHost, AHostThatDiffersBeforeAnythingWasComparedIsNoTest) {
  Spill(Path("odd.wire"), "> 11\n< 22\n> 33\n< 44\n");
  const CommandResult made = Make(Path("odd.wire"), {"-d", "emulator:mt6580"});
  EXPECT_EQ(made.exit_code, harness::ExitCodeOf(protocol::ErrorCode::kInvalidInput)) << made.text;
  EXPECT_THAT(made.text, HasSubstr("before anything is compared"));
  EXPECT_THAT(made.text, HasSubstr("--device"));
  EXPECT_FALSE(std::filesystem::exists(Corpus() + "/corpus.yaml"));
  EXPECT_TRUE(std::filesystem::is_empty(Corpus() + "/reports"));
}

// It would be the same whatever the phone is.
TEST_F(ToTestHost, AHostOfWhichNothingIsComparedIsNoTest) {
  Spill(Path("only.wire"), "@ wire 1\n> a0\n> 0a\n");
  Spill(Path("only.txt"), "Port - Device detected :)\n[LIB]: TX:fd\n[LIB]: TX:fc\n");
  for (const char* name : {"only.wire", "only.txt"}) {
    const CommandResult made = Make(Path(name), {"-d", "emulator:mt6580"});
    EXPECT_EQ(made.exit_code, harness::ExitCodeOf(protocol::ErrorCode::kInvalidInput)) << made.text;
    EXPECT_THAT(made.text, HasSubstr("against emulator:mt6580 no answer of the phone is compared"));
    EXPECT_THAT(made.text, HasSubstr("--run"));
    EXPECT_FALSE(std::filesystem::exists(Corpus() + "/corpus.yaml"));
    EXPECT_TRUE(std::filesystem::is_empty(Corpus() + "/reports"));
  }
  // The phone's side is a test, alone.
  const CommandResult made =
      Make(Path("only.wire"), {"-d", "emulator:mt6580", "--run", "identify"});
  ASSERT_EQ(made.exit_code, 0) << made.text;
  EXPECT_THAT(made.text, HasSubstr("there is no test of the host's side: against emulator:mt6580"));
  ASSERT_EQ(Sessions().size(), 1U);
  EXPECT_TRUE(Sessions()[0].as_host.empty());
  EXPECT_EQ(Sessions()[0].as_phone.size(), 1U);
}

// It is redacted twice, and what is too long for a text is no text either time.
TEST_F(ToTestHost, ALongRecordingIsLoosenedAsWell) {
  const std::string file = Identified("mt6580");
  std::string text = Slurp(file);
  Replace(text, "@ about command: identify\n", "");
  Replace(text, "< \"READY\"\n< ! timeout\n", "");
  std::string asked;
  for (int i = 0; i < 14000; ++i) asked += "> fd\n< fd\n< 65 80\n< 00 00\n";
  Replace(text, "> fc\n", asked + "> fc\n");
  Spill(file, text);
  const CommandResult made = Make(file, {"--name", "long"});
  ASSERT_EQ(made.exit_code, 0) << made.text;
  ASSERT_EQ(Sessions().size(), 1U);
  EXPECT_EQ(Sessions()[0].trace, "reports/long.pcapng.zst");
  EXPECT_THAT(Sessions()[0].loosened, Contains("ready"));
  EXPECT_FALSE(std::filesystem::exists(Corpus() + "/reports/long.wire"));
  CheckAll();
}

// A log of one handshake, and what its tool said behind it, as a test.
class ToTestOdd : public ToTestHost {
 protected:
  void MakeOf(const std::string& behind) {
    Spill(Path("log.txt"),
          Log("mt6580", "Port - Device detected :)\n", "[LIB]: TX:", "[LIB]: RX:") + behind);
    const CommandResult made = Make(Path("log.txt"), {"-d", "emulator:mt6580"});
    ASSERT_EQ(made.exit_code, 0) << made.text;
    ASSERT_EQ(Sessions().size(), 1U);
  }
};

// A report may be of what nobody knows: the test passes, and tells when it becomes known.
TEST_F(ToTestOdd, WhatIsNotUnderstoodIsCounted) {
  ASSERT_NO_FATAL_FAILURE(MakeOf("[LIB]: TX:99\n[LIB]: RX:99\n[LIB]: RX:0102030405\n"));
  EXPECT_EQ(Sessions()[0].not_understood, 1U);
  EXPECT_EQ(Sessions()[0].unexpected, 0U);
  CheckAll();
}

// A known command whose echo is another one, and the byte of it that is left over.
TEST_F(ToTestOdd, WhatContradictsIsCountedByItself) {
  ASSERT_NO_FATAL_FAILURE(MakeOf("[LIB]: TX:fd\n[LIB]: RX:fc\n"));
  EXPECT_EQ(Sessions()[0].unexpected, 1U);
  EXPECT_EQ(Sessions()[0].not_understood, 1U);
  EXPECT_THAT(Slurp(Corpus() + "/corpus.yaml"),
              HasSubstr("    not_understood: 1\n    unexpected: 1\n"));
  CheckAll();
}

// A recording over a line names no phone in software: the codes that it answers do, and the name of
// a phone that was recorded where it was served.
TEST_F(ToTestHost, ThePhoneIsThatOfItsCodesAndItsName) {
  struct Recorded {
    std::string phone;
    std::string moniker;
    std::string chip;
  };
  for (const Recorded& one :
       {Recorded{"mt6577", "usbip:127.0.0.1:33412/1-1", "MT6577"},
        Recorded{"mt6575", "usb:1-1", "MT6575"}, Recorded{"mt6577", "usbip:mt6577", "MT6577"},
        Recorded{"mt8389", "usbip:mt8389", "MT8389"},
        Recorded{"mt6577", "usbip:mt6580", "MT6577"}}) {
    std::string text = Slurp(Identified(one.phone));
    Replace(text, "@ moniker emulator:" + one.phone + "\n", "@ moniker " + one.moniker + "\n");
    const std::size_t chip = text.find("@ chip ");
    if (chip != std::string::npos) text.erase(chip, text.find('\n', chip) + 1 - chip);
    Spill(Path("s.wire"), text);
    const CommandResult made = Make(Path("s.wire"));
    ASSERT_EQ(made.exit_code, 0) << made.text;
    const CorpusSession session = Sessions().back();
    EXPECT_EQ(session.chip, one.chip) << one.moniker;
    ASSERT_EQ(session.as_host.size(), 1U);
    EXPECT_EQ(session.as_host[0].device, "emulator:" + one.phone) << one.moniker;
    EXPECT_EQ(session.as_host[0].differs, "") << one.moniker;
    std::filesystem::remove_all(Corpus());
    std::filesystem::create_directory(Corpus());
  }
}

TEST_F(ToTestHost, ACheckOfAScatterFileWithAnAgentBecomesATest) {
  const CommandResult scatter = Mtkrig({"blockmap", "-d", "emulator:mt6577", "-f", "scatter"});
  ASSERT_EQ(scatter.exit_code, 0);
  Spill(Path("own.txt"), scatter.text);
  const std::string file = Path("check.pcapng");
  ASSERT_EQ(Mtkrig({"scatter", "check", Path("own.txt"), "-d", "emulator:mt6577", "--trace", file})
                .exit_code,
            0);
  const CommandResult made = Make(file);
  ASSERT_EQ(made.exit_code, 0) << made.text;
  ASSERT_EQ(Sessions().size(), 1U);
  ASSERT_EQ(Sessions()[0].as_phone.size(), 1U);
  EXPECT_THAT(Sessions()[0].as_phone[0].run, HasSubstr("scatter check --da {corpus}/"));
  EXPECT_EQ(Sessions()[0].as_phone[0].exit_code, 0);
  CheckAll();
}

TEST_F(ToTestHost, AnEmptyCommandIsAMistake) {
  const CommandResult made = Make(Identified("mt6580"), {"--run", ""});
  EXPECT_EQ(made.exit_code, harness::kExitUsage) << made.text;
  EXPECT_TRUE(std::filesystem::is_empty(Corpus()));
}

// A word of it may be a person's, and then it is not recorded.
TEST_F(ToTestHost, ARecordingWithoutItsCommandSaysThatThePhonesSideIsMissing) {
  std::string text = Slurp(Identified("mt6580"));
  Replace(text, "@ about command: identify\n", "");
  Spill(Path("s.wire"), text);
  const CommandResult made = Make(Path("s.wire"));
  ASSERT_EQ(made.exit_code, 0) << made.text;
  EXPECT_THAT(made.text, HasSubstr("does not tell the command that made it"));
  EXPECT_THAT(made.text, HasSubstr("--run"));
  std::istringstream lines(made.text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("ctest") == std::string::npos) continue;
    EXPECT_LE(line.size(), 80U) << line;
  }
}

}  // namespace
}  // namespace mtkrig::traces
