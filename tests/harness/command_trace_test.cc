// Recording a session, replaying either side of it, and converting it, as a user does.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "harness/exit_codes.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CommandTrace : public Command {
 protected:
  std::string File(std::string_view name) const { return (directory_ / name).string(); }
  // A recording of identify on a phone in software.
  std::string Recorded(const std::string& name, const std::string& phone) const {
    const ProcessResult result =
        Mtkrig({"identify", "--quiet", "-d", "emulator:" + phone, "--trace", File(name)});
    EXPECT_EQ(result.exit_code, kExitSuccess) << result.err;
    return File(name);
  }
};

TEST_F(CommandTrace, ARecordingIsAPhoneThatAnswersTheSame) {
  for (const char* name : {"s.pcapng", "s.pcapng.zst", "s.wire", "s.wire.zst"}) {
    const std::string file = Recorded(name, "mt6580");
    const ProcessResult phone = Mtkrig({"identify", "-d", "emulator:mt6580"});
    const ProcessResult replay = Mtkrig({"identify", "-d", "replay:" + file});
    EXPECT_EQ(replay.exit_code, kExitSuccess) << name << replay.err;
    EXPECT_EQ(replay.out, phone.out) << name;
  }
}

TEST_F(CommandTrace, AReadbackReplaysToTheSameImage) {
  const std::string range = "EMMC_USER:0x0+0x40000=start.bin";
  const std::string file = File("s.pcapng");
  ASSERT_EQ(Mtkrig({"readback", "-q", "-d", "emulator:mt6580", "-o", Out("a"), "--range", range,
                    "--trace", file})
                .exit_code,
            kExitSuccess);
  const ProcessResult replay =
      Mtkrig({"readback", "-q", "-d", "replay:" + file, "-o", Out("b"), "--range", range});
  EXPECT_EQ(replay.exit_code, kExitSuccess) << replay.err;
  EXPECT_EQ(Slurp(Out("a/start.bin")), Slurp(Out("b/start.bin")));
}

TEST_F(CommandTrace, ACutRecordingTakesItsContentFromTheImage) {
  const std::string range = "EMMC_USER:0x0+0x40000=start.bin";
  const std::string file = File("s.pcapng");
  ASSERT_EQ(Mtkrig({"readback", "-q", "-d", "emulator:mt6580", "-o", Out("a"), "--range", range,
                    "--trace", file, "--snap", "64"})
                .exit_code,
            kExitSuccess);
  const std::vector<std::string> again = {"readback", "-q",      "-d",  "replay:" + file, "-o",
                                          Out("b"),   "--range", range, "--force"};
  const ProcessResult without = Mtkrig(again);
  EXPECT_NE(without.exit_code, kExitSuccess);
  EXPECT_THAT(without.err, HasSubstr("side file"));
  Spill(directory_ / "s.replay.yaml",
        "contents:\n  - {area: user, file: " + Out("a/start.bin") + "}\n");
  const ProcessResult with = Mtkrig(again);
  EXPECT_EQ(with.exit_code, kExitSuccess) << with.err;
  EXPECT_EQ(Slurp(Out("a/start.bin")), Slurp(Out("b/start.bin")));
}

TEST_F(CommandTrace, AnotherCommandIsAMismatchThatIsPlaced) {
  const std::string file = Recorded("s.wire", "mt6580");
  const ProcessResult result = Mtkrig({"blockmap", "-d", "replay:" + file});
  EXPECT_NE(result.exit_code, kExitSuccess);
  EXPECT_THAT(result.err, HasSubstr("packet"));
}

// All that identify shows had matched; what did not was that it ended the session there. It once
// ended with success.
TEST_F(CommandTrace, AMismatchAtTheEndIsAnErrorAndTheResultsAreTold) {
  const std::string file = File("s.wire");
  ASSERT_EQ(Mtkrig({"readback", "-q", "-d", "emulator:mt6580", "-o", Out("a"), "--range",
                    "EMMC_USER:0x0+0x1000=start.bin", "--trace", file})
                .exit_code,
            kExitSuccess);
  const ProcessResult result = Mtkrig({"identify", "-d", "replay:" + file});
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kProtocol)) << result.err;
  EXPECT_THAT(result.out, HasSubstr("hw code            6580"));
  EXPECT_THAT(result.err, HasSubstr("the replay does not match the recording: packet "));
  EXPECT_THAT(result.err, HasSubstr("expected [60], received [d9]"));
  EXPECT_THAT(result.err, Not(HasSubstr("hold power")));
  const nlohmann::json document = Json(Mtkrig({"identify", "--json", "-d", "replay:" + file}));
  EXPECT_EQ(document["ok"], false);
  EXPECT_EQ(document["results"]["device"]["hw_code"], "0x6580");
}

TEST_F(CommandTrace, ARecordingThatGoesOnIsAWarning) {
  const std::string file = Recorded("s.wire", "mt6580");
  Spill(file, Slurp(file) + "> ee\n< ee\n");
  const ProcessResult result = Mtkrig({"identify", "-d", "replay:" + file});
  EXPECT_EQ(result.exit_code, kExitSuccess) << result.err;
  EXPECT_THAT(result.err, HasSubstr("the recording goes on where this session ended: packet "));
  EXPECT_THAT(result.err, HasSubstr("the host stopped, where ee was recorded to be sent"));
}

// It once went unnoticed.
TEST_F(CommandTrace, AnEntryOfTheSideFileThatMatchesNothingIsAWarning) {
  const std::string file = Recorded("s.wire", "mt6580");
  Spill(directory_ / "s.replay.yaml",
        "random:\n  - {name: challenge, packet: 99999}\ncontents:\n  - {area: boot2, fill: 0}\n");
  const nlohmann::json document = Json(Mtkrig({"identify", "--json", "-d", "replay:" + file}));
  EXPECT_EQ(document["exit_code"], kExitSuccess) << document;
  ASSERT_EQ(document["warnings"].size(), 2U) << document;
  EXPECT_EQ(document["warnings"][0]["file"], File("s.replay.yaml"));
  EXPECT_EQ(document["warnings"][0]["line"], 2);
  EXPECT_THAT(document["warnings"][0]["text"].get<std::string>(),
              HasSubstr("'random' of packet 99999 (challenge): the recording has no such"));
  EXPECT_EQ(document["warnings"][1]["line"], 4);
  // Where it goes on, or ended early, it is not known.
  Spill(file, Slurp(file) + "> ee\n< ee\n");
  const ProcessResult goes_on = Mtkrig({"identify", "-d", "replay:" + file});
  EXPECT_THAT(goes_on.err, HasSubstr("the recording goes on"));
  EXPECT_THAT(goes_on.err, Not(HasSubstr("challenge")));
  const ProcessResult mismatch = Mtkrig({"blockmap", "-d", "replay:" + file});
  EXPECT_NE(mismatch.exit_code, kExitSuccess);
  EXPECT_THAT(mismatch.err, Not(HasSubstr("challenge")));
}

// A hint once spoke of unplugging the phone, whatever ended the replay.
class FailedReplay : public CommandTrace {
 protected:
  // Reads two packets and a half, and records it.
  void SetUp() override {
    const std::string file = File("whole.wire");
    ASSERT_EQ(Mtkrig({"readback", "-q", "-d", "emulator:mt6580", "-o", Out("a"), "--range", kRange,
                      "--trace", file})
                  .exit_code,
              kExitSuccess);
    recorded_ = Slurp(file);
  }
  // The recording up to the ack of the second packet, and then this.
  std::string GoingOnWith(const std::string& rest) const {
    std::size_t end = recorded_.find("@ phase read ");
    for (int acks = 0; acks < 2; ++acks) end = recorded_.find("\n> 5a\n", end + 1);
    return recorded_.substr(0, end + 1) + rest;
  }
  ProcessResult Replayed(const std::string& recording) const {
    Spill(directory_ / "s.wire", recording);
    return Mtkrig({"readback", "-q", "-d", "replay:" + File("s.wire"), "-o", Out("b"), "--range",
                   kRange, "--force"});
  }

  static constexpr const char* kRange = "EMMC_USER:0x0+0x280000=start.bin";
  std::string recorded_;
};

TEST_F(FailedReplay, HintsAreOfRecordingsAndNotOfPhones) {
  const std::string look = "`mtkrig trace show " + File("s.wire") + "` tells step by step";
  const std::string anew = "replayed from its beginning: --force starts the file over";
  struct Case {
    std::string recording;
    std::string message;
    std::string hint;
    bool kept;
  };
  const std::string emulated = "@ moniker emulator:mt6580\n";
  const std::size_t identify = recorded_.find("@ phase identify");
  const std::vector<Case> cases = {
      {GoingOnWith("> 5a\n[+5s ~5s] ! timeout\n"), "sent nothing for 5000 ms", look, true},
      {GoingOnWith("> 5a\n! stall\n"), "stall (recorded", look, true},
      {GoingOnWith("> 5a\n! disconnected\n"), "disconnected (recorded", look, true},
      {GoingOnWith("> 5a\n> a5\n"), "it waits for packet", look, true},
      {GoingOnWith("> 5a\n"), "the recording ends here", "Record a longer one", true},
      {GoingOnWith("> a5\n"), "expected [a5], received [5a]", "s.replay.yaml", true},
      {GoingOnWith("> 5a\n@ gap lost\n"), "the recording has a gap here", "name 'gaps'", true},
      {emulated + "[+5s ~5s] ! timeout\n", "the recording ends here", "Record a longer one", false},
      {emulated + "@ repeat 9999\n> a0\n< 33\n@ end\n", "instead of the handshake", look, false},
      {emulated + "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n> fd\n< ee\n",
       "the phone echoed ee instead of fd", look, false},
      {recorded_.substr(0, identify) + "> fd\n", "the recording ends here", "Record a longer one",
       false},
  };
  for (const Case& one : cases) {
    const ProcessResult result = Replayed(one.recording);
    EXPECT_NE(result.exit_code, kExitSuccess) << one.message;
    EXPECT_THAT(result.err, HasSubstr(one.message));
    EXPECT_THAT(result.err, HasSubstr(one.hint)) << one.message;
    EXPECT_EQ(result.err.find(anew) != std::string::npos, one.kept) << result.err;
    for (const char* of_a_phone : {"plug", "cable", "power", "--resume"}) {
      EXPECT_THAT(result.err, Not(HasSubstr(of_a_phone)));
    }
  }
}

TEST_F(CommandTrace, AReplayedHostNamesTheLooseningAndItsFile) {
  Spill(directory_ / "s.wire", "> a0\n< \"READYREADY\"\n> a0\n< 5f\n");
  const ProcessResult result = Mtkrig({"replay-host", File("s.wire"), "-d", "emulator:mt6580"});
  EXPECT_EQ(result.exit_code, kExitDifferent);
  EXPECT_THAT(result.err, HasSubstr("READY as often as it likes"));
  EXPECT_THAT(result.err,
              HasSubstr("have this line in " + File("s.replay.yaml") + ": ignore: [ready]"));
  Spill(directory_ / "s.replay.yaml", "ignore: [ready]\n");
  EXPECT_EQ(Mtkrig({"replay-host", File("s.wire"), "-d", "emulator:mt6580"}).exit_code,
            kExitSuccess);
}

TEST_F(CommandTrace, TheHostsSideFindsAnotherPhone) {
  const std::string file = Recorded("s.pcapng", "mt6580");
  EXPECT_EQ(Mtkrig({"replay-host", file, "-d", "emulator:mt6580"}).exit_code, kExitSuccess);
  const ProcessResult other = Mtkrig({"replay-host", file, "-d", "emulator:mt6577"});
  EXPECT_EQ(other.exit_code, kExitDifferent);
  EXPECT_THAT(other.out, HasSubstr("expected 65 [80], received 65 [75]"));
}

// Over a real line, where the guard stands: mtkrig's own sessions disable the watchdog, one by
// WRITE32 and the other by WRITE16. The handshake is supplied: how often it is begun is a matter of
// time.
TEST_F(CommandTrace, AServedPhoneGetsWhatReadsAndNothingElse) {
  for (const std::string phone : {"mt6580", "mt6577"}) {
    const std::string file = Recorded(phone + ".wire", phone);
    std::string text = Slurp(file);
    const std::size_t begin = text.find("@ phase handshake\n");
    ASSERT_NE(begin, std::string::npos);
    text.erase(begin, text.find("@ phase identify\n") - begin);
    text.resize(text.find("@ phase send DA\n"));
    Spill(directory_ / (phone + ".replay.yaml"), "ignore: [missing-handshake]\n");
    // Each time to a phone that was plugged in just now.
    const auto play = [&] {
      Spill(file, text);
      Process server(
          Line({"emulate", "--usbip", "127.0.0.1:0", "--control", File("control"), "-p", phone}));
      EXPECT_TRUE(server.ReadErrorUntil("control socket:"));
      return Mtkrig({"replay-host", file, "-d", "usbip:" + ServedAt(server) + "/1-1"});
    };
    const ProcessResult same = play();
    EXPECT_EQ(same.exit_code, kExitSuccess) << same.out << same.err;
    EXPECT_THAT(same.err, HasSubstr("lacks the handshake"));
    const std::string write = phone == "mt6580" ? "> 10 00 70 00" : "> c0 00 00 00";
    const std::size_t at = text.find(write);
    ASSERT_NE(at, std::string::npos) << text;
    text.replace(at, write.size(), "> 10 20 60 00");
    const ProcessResult refused = play();
    EXPECT_EQ(refused.exit_code, ExitCodeOf(ErrorCode::kWriteRefused)) << refused.err;
    EXPECT_THAT(refused.err, HasSubstr("a write to register 0x10206000"));
    EXPECT_THAT(refused.err, HasSubstr("--device emulator:"));
    EXPECT_THAT(refused.err, Not(HasSubstr("report it")));
  }
}

// As some tools send it. The guard gives the phone byte by byte what it would read so anyway.
TEST_F(CommandTrace, AServedPhoneGetsAHandshakeOfOneTransfer) {
  Spill(File("once.wire"),
        "@ wire 1\n> a0 0a 50 05\n< 5f f5 af fa\n> fd\n< fd 6580 0000\n"
        "> d1 10206000 00000001\n< d1 10206000 00000001 0000 00000000 0000\n");
  Process server(Line({"emulate", "--usbip", "127.0.0.1:0", "--control", File("control"), "-p",
                       "mt6580", "--mode", "brom"}));
  ASSERT_TRUE(server.ReadErrorUntil("control socket:"));
  const ProcessResult same =
      Mtkrig({"replay-host", File("once.wire"), "-d", "usbip:" + ServedAt(server) + "/1-1"});
  EXPECT_EQ(same.exit_code, kExitSuccess) << same.out << same.err;
  EXPECT_THAT(same.out, HasSubstr("the same: 6 transfers, 14 bytes sent"));
}

TEST_F(CommandTrace, ConvertsThereAndBack) {
  const std::string file = Recorded("s.pcapng", "mt6577");
  ASSERT_EQ(Mtkrig({"trace", "convert", file, File("t.wire")}).exit_code, kExitSuccess);
  ASSERT_EQ(Mtkrig({"trace", "convert", File("t.wire"), File("u.pcapng")}).exit_code, kExitSuccess);
  EXPECT_EQ(Mtkrig({"replay-host", File("u.pcapng"), "-d", "emulator:mt6577"}).exit_code,
            kExitSuccess);
  const ProcessResult again = Mtkrig({"trace", "convert", file, File("t.wire")});
  EXPECT_EQ(again.exit_code, ExitCodeOf(ErrorCode::kExists));
}

TEST_F(CommandTrace, ADebugLogIsARecording) {
  Spill(directory_ / "log.txt",
        "It hangs:\n```\nDeviceClass - [LIB]: TX:a0\nUSB read: length(0x1)\nRX:5f\nTX:0a\n```\n");
  ASSERT_EQ(Mtkrig({"trace", "convert", File("log.txt"), File("t.pcapng")}).exit_code,
            kExitSuccess);
  ASSERT_EQ(Mtkrig({"trace", "convert", File("t.pcapng"), File("t.wire")}).exit_code, kExitSuccess);
  EXPECT_THAT(Slurp(File("t.wire")), HasSubstr("> a0\n< 5f\n> 0a\n"));
  const ProcessResult forced = Mtkrig(
      {"trace", "convert", File("log.txt"), File("u.wire"), "--format", "strace", "--from", "3"});
  EXPECT_EQ(forced.exit_code, ExitCodeOf(ErrorCode::kInvalidInput));
  EXPECT_THAT(forced.err, HasSubstr("none of its 7 lines is a read or write of descriptor 3"));
  EXPECT_FALSE(std::filesystem::exists(File("u.wire")));
  EXPECT_EQ(
      Mtkrig({"trace", "convert", File("log.txt"), File("u.wire"), "--format", "pdf"}).exit_code,
      kExitUsage);
}

TEST_F(CommandTrace, ARecordingIsOfOneServedPhone) {
  const ProcessResult result = Mtkrig({"emulate", "-p", "mt6580", "-p", "mt6577", "--usbip",
                                       "127.0.0.1:0", "--trace", File("s.pcapng")});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("one phone"));
  EXPECT_FALSE(std::filesystem::exists(File("s.pcapng")));
}

TEST_F(CommandTrace, RefusesBeforeThePhoneIsTouched) {
  Spill(directory_ / "there.pcapng", "x");
  EXPECT_EQ(Mtkrig({"identify", "-d", "usb", "--trace", File("there.pcapng")}).exit_code,
            ExitCodeOf(ErrorCode::kExists));
  EXPECT_EQ(Mtkrig({"identify", "-d", "usb", "--trace", File("t.txt")}).exit_code, kExitUsage);
  EXPECT_EQ(Mtkrig({"identify", "-d", "usb", "--snap", "64"}).exit_code, kExitUsage);
  EXPECT_FALSE(std::filesystem::exists(File("t.txt")));
}

// Files of this name, whatever stands behind it.
std::size_t FilesBeside(const std::string& file) {
  const std::filesystem::path path(file);
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path.parent_path())) {
    if (entry.path().filename().string().starts_with(path.filename().string())) ++count;
  }
  return count;
}

// What was left once stood in the next run's way.
TEST_F(CommandTrace, AFileThatNothingWasCarriedIntoIsRemovedAgain) {
  const std::string file = File("none.pcapng");
  for (const std::string name : {"none.pcapng", "none.wire.zst"}) {
    for (int run = 0; run < 2; ++run) {
      const ProcessResult result = Mtkrig(
          {"identify", "-d", "serial:/dev/no-such-port", "--wait", "0", "--trace", File(name)});
      EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNotFound)) << result.err;
      EXPECT_THAT(result.err, HasSubstr("nothing was carried, and " + File(name) + " removed"));
      EXPECT_FALSE(std::filesystem::exists(File(name)));
    }
  }
  EXPECT_EQ(Mtkrig({"readback", "-d", "emulator:mt6580", "-o", File("out"), "--trace", file,
                    "NO_SUCH_PARTITION"})
                .exit_code,
            ExitCodeOf(ErrorCode::kNotFound));
  EXPECT_TRUE(std::filesystem::exists(file)) << "the phone was asked for its table";
}

TEST_F(CommandTrace, AWaitThatIsStoppedLeavesNoFile) {
  const std::string file = File("stopped.pcapng");
  Process server(Line({"emulate", "--usbip", "127.0.0.1:0", "--control", File("control"), "-p",
                       "mt6580", "--unplugged"}));
  ASSERT_TRUE(server.ReadErrorUntil("control socket:"));
  Process waiting(Line({"identify", "-d", "usbip:" + ServedAt(server) + "/1-1", "--trace", file}));
  ASSERT_TRUE(waiting.ReadErrorUntil("waiting"));
  EXPECT_TRUE(std::filesystem::exists(file));
  waiting.Signal(SIGINT);
  const ProcessResult result = waiting.Wait();
  EXPECT_EQ(result.exit_code, kExitCancelled) << result.err;
  EXPECT_FALSE(std::filesystem::exists(file));
}

// Whatever became of the run: an older recording is lost for a newer one only.
TEST_F(CommandTrace, AFileThatWasThereIsNotRemoved) {
  const std::string file = File("kept.pcapng");
  Spill(file, "mine");
  const std::vector<std::string> line = {"readback", "-d",      "serial:/dev/no-such-port",
                                         "--wait",   "0",       "--da",
                                         Agents(),   "--trace", file,
                                         "-o",       Out(),     "boot"};
  EXPECT_EQ(Mtkrig(line).exit_code, ExitCodeOf(ErrorCode::kExists));
  EXPECT_EQ(Slurp(file), "mine");
  std::vector<std::string> forced = line;
  forced.emplace_back("--force");
  const ProcessResult result = Mtkrig(forced);
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNotFound));
  EXPECT_THAT(result.err,
              HasSubstr("nothing was carried, and " + file + " is the older one again"));
  EXPECT_EQ(Slurp(file), "mine");
  EXPECT_EQ(FilesBeside(file), 1U) << "and it has one name again";
}

TEST_F(CommandTrace, AnOlderFileGoesForANewerRecording) {
  const std::string file = File("kept.pcapng");
  Spill(file, "mine");
  const ProcessResult result = Mtkrig(
      {"readback", "-d", "emulator:mt6580", "-o", Out(), "--trace", file, "--force", "boot"});
  ASSERT_EQ(result.exit_code, kExitSuccess) << result.err;
  EXPECT_NE(Slurp(file), "mine");
  EXPECT_EQ(FilesBeside(file), 1U);
}

TEST_F(CommandTrace, TheRecordingThatIsReplayedIsNotRecordedInto) {
  const std::string file = Recorded("s.pcapng", "mt6580");
  const std::string before = Slurp(file);
  for (const std::string& device : {"replay:" + file, "replay:" + file + "?exact"}) {
    const ProcessResult result =
        Mtkrig({"readback", "-d", device, "-o", Out(), "--trace", file, "--force", "boot"});
    EXPECT_EQ(result.exit_code, kExitUsage) << result.err;
    EXPECT_THAT(result.err, HasSubstr("--trace names the recording that is replayed"));
    EXPECT_EQ(Slurp(file), before);
  }
}

}  // namespace
}  // namespace mtkrig::harness
