// `mtkrig trace redact` and `mtkrig trace to-test`, from a recording to a test that passes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "harness/exit_codes.h"
#include "tests/traces/corpus/to_test_fixture.h"
#include "traces/formats/open_trace.h"

namespace mtkrig::traces {
namespace {

using harness::Slurp;
using harness::Spill;
using test::CommandResult;
using test::Mtkrig;
using test::ToTest;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ToTest, ARecordingBecomesATestThatPasses) {
  const std::string file = Recorded("mt6580", {"--snap", "64"});
  const CommandResult made = Mtkrig({"trace", "to-test", file, "--corpus", Corpus()});
  ASSERT_EQ(made.exit_code, 0) << made.text;
  EXPECT_THAT(made.text, HasSubstr("ctest --test-dir"));
  EXPECT_THAT(made.text, HasSubstr("MTKRIG_CORPUS="));
  const auto sessions = Sessions();
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].name(), "mt6580-session");
  EXPECT_EQ(sessions[0].chip, "MT6580");
  ASSERT_EQ(sessions[0].as_phone.size(), 1U);
  EXPECT_EQ(sessions[0].as_phone[0].exit_code, 0);
  EXPECT_TRUE(sessions[0].as_phone[0].whole);
  EXPECT_THAT(sessions[0].as_phone[0].run, HasSubstr("--range EMMC_USER:0x988000+0x40000=x.bin"));
  ASSERT_EQ(sessions[0].as_host.size(), 1U);
  EXPECT_EQ(sessions[0].as_host[0].differs, "") << "what was left out is no difference";
  CheckAll();
  // Nothing of the phone is in it.
  const std::string text = Slurp(Corpus() + "/" + sessions[0].trace);
  EXPECT_THAT(text, Not(HasSubstr("d04f8b6217ac5e93")));
}

// MT6575 and MT6577 have one hardware code.
TEST_F(ToTest, TheChipIsThatOfThePhone) {
  const CommandResult made =
      Mtkrig({"trace", "to-test", Recorded("mt6577"), "--corpus", Corpus(), "--name", "one"});
  ASSERT_EQ(made.exit_code, 0) << made.text;
  ASSERT_EQ(Sessions().size(), 1U);
  EXPECT_EQ(Sessions()[0].chip, "MT6577");
  CheckAll();
}

// As a host on a real line meets it, who asks before it has read anything.
TEST_F(ToTest, ReadyIsLoosenedWhereItWouldHideTheSession) {
  const std::string file = Path("session.wire");
  ASSERT_EQ(Mtkrig({"identify", "-d", "emulator:mt6580", "--trace", file}).exit_code, 0);
  std::string text = Slurp(file);
  const std::string ready = "< \"READY\"\n< ! timeout\n";
  const std::size_t at = text.find(ready);
  ASSERT_NE(at, std::string::npos);
  Spill(file, text.erase(at, ready.size()));
  const CommandResult made = Mtkrig({"trace", "to-test", file, "--corpus", Corpus()});
  ASSERT_EQ(made.exit_code, 0) << made.text;
  ASSERT_EQ(Sessions().size(), 1U);
  EXPECT_THAT(Sessions()[0].loosened, ::testing::Contains("ready"));
  ASSERT_EQ(Sessions()[0].as_host.size(), 1U);
  EXPECT_EQ(Sessions()[0].as_host[0].differs, "");
  EXPECT_THAT(made.text, HasSubstr("READY"));
  CheckAll();
}

TEST_F(ToTest, ASecondTestIsAddedBehindTheFirst) {
  const std::string one = Recorded("mt6580");
  ASSERT_EQ(Mtkrig({"trace", "to-test", one, "--corpus", Corpus(), "--name", "one"}).exit_code, 0);
  const std::string list = Corpus() + "/corpus.yaml";
  Spill(list, "# A person's words.\n" + Slurp(list));
  ASSERT_EQ(Mtkrig({"trace", "to-test", one, "--corpus", Corpus(), "--name", "two"}).exit_code, 0);
  EXPECT_TRUE(Slurp(list).starts_with("# A person's words.\n"));
  EXPECT_EQ(Sessions().size(), 2U);
  CheckAll();
}

TEST_F(ToTest, AFailureIsExpectedAsItWasRecorded) {
  // The phone of the report stops answering in the middle of the partition.
  const std::string whole = Path("whole.wire");
  ASSERT_EQ(Mtkrig({"trace", "convert", Recorded("mt6577"), whole}).exit_code, 0);
  std::string text = Slurp(whole);
  const std::size_t last = text.rfind("@ phase finish");
  ASSERT_NE(last, std::string::npos);
  std::size_t cut = text.rfind("\n>", last);
  Spill(Path("broken.wire"), text.substr(0, cut + 1) + "< ! timeout\n@ detach\n");
  const CommandResult made =
      Mtkrig({"trace", "to-test", Path("broken.wire"), "--corpus", Corpus(), "--name", "issue-12"});
  ASSERT_EQ(made.exit_code, 0) << made.text;
  const auto sessions = Sessions();
  ASSERT_EQ(sessions.size(), 1U);
  ASSERT_EQ(sessions[0].as_phone.size(), 1U);
  EXPECT_NE(sessions[0].as_phone[0].exit_code, 0);
  EXPECT_NE(sessions[0].as_phone[0].says, "");
  test::CheckAsPhone(sessions[0], Corpus());
  test::CheckAsHost(sessions[0], Corpus());
}

TEST_F(ToTest, RefusesBeforeItWrites) {
  const std::string file = Recorded("mt6580");
  EXPECT_EQ(Mtkrig({"trace", "to-test", file, "--corpus", Corpus(), "--name", "A B"}).exit_code,
            harness::kExitUsage);
  EXPECT_TRUE(std::filesystem::is_empty(Corpus()));
  ASSERT_EQ(Mtkrig({"trace", "to-test", file, "--corpus", Corpus(), "--name", "one"}).exit_code, 0);
  const std::string before = Slurp(Corpus() + "/corpus.yaml");
  EXPECT_EQ(Mtkrig({"trace", "to-test", file, "--corpus", Corpus(), "--name", "one"}).exit_code,
            harness::ExitCodeOf(protocol::ErrorCode::kExists));
  EXPECT_EQ(Slurp(Corpus() + "/corpus.yaml"), before);
}

TEST_F(ToTest, ACorpusThatIsNotThereIsNotMade) {
  const CommandResult made =
      Mtkrig({"trace", "to-test", Recorded("mt6580"), "--corpus", Path("typo")});
  EXPECT_EQ(made.exit_code, harness::ExitCodeOf(protocol::ErrorCode::kNotFound)) << made.text;
  EXPECT_FALSE(std::filesystem::exists(Path("typo")));
}

TEST_F(ToTest, ARecordingWithoutATransferIsRefused) {
  Spill(Path("empty.wire"), "# nothing came\n@ attach 0e8d:0003\n");
  const CommandResult made =
      Mtkrig({"trace", "to-test", Path("empty.wire"), "--corpus", Corpus(), "--run", "identify"});
  EXPECT_EQ(made.exit_code, harness::ExitCodeOf(protocol::ErrorCode::kInvalidInput)) << made.text;
  EXPECT_THAT(made.text, HasSubstr("no transfer"));
  EXPECT_TRUE(std::filesystem::is_empty(Corpus()));
}

TEST_F(ToTest, ACommandThatTalksToNoPhoneIsRefused) {
  const std::string file = Recorded("mt6580");
  for (const char* run : {"emulators", "scatter show x.txt", "trace redact a b", "no-such", " "}) {
    const CommandResult made =
        Mtkrig({"trace", "to-test", file, "--corpus", Corpus(), "--run", run});
    EXPECT_EQ(made.exit_code, harness::kExitUsage) << run << made.text;
    EXPECT_TRUE(std::filesystem::is_empty(Corpus())) << run;
  }
}

// It would fail so whatever the recording says, and the test would pass for ever.
TEST_F(ToTest, ACommandThatFailsBeforeItTalksIsRefused) {
  const std::string file = Recorded("mt6580");
  const std::pair<const char*, const char*> mistakes[] = {
      {"identify extra", "extra"},
      {"readback", "--run"},
      {"readback --range EMMC_USER:0+512=../x.bin", "../x.bin"},
      {"identify --help", "ends with 0"},
      {"identify --device emulator:mt6580", "--device"}};
  for (const auto& [run, says] : mistakes) {
    const CommandResult made =
        Mtkrig({"trace", "to-test", file, "--corpus", Corpus(), "--run", run});
    EXPECT_EQ(made.exit_code, harness::kExitUsage) << run << made.text;
    EXPECT_THAT(made.text, HasSubstr(std::string("--run '") + run + "'"));
    EXPECT_THAT(made.text, HasSubstr(says)) << run;
    EXPECT_FALSE(std::filesystem::exists(Corpus() + "/corpus.yaml")) << run;
    EXPECT_TRUE(std::filesystem::is_empty(Corpus() + "/reports")) << run;
  }
  // One that fails by what the phone says is a test.
  EXPECT_EQ(Mtkrig({"trace", "to-test", file, "--corpus", Corpus(), "--run", "readback no-such"})
                .exit_code,
            0);
  ASSERT_EQ(Sessions().size(), 1U);
  EXPECT_NE(Sessions()[0].as_phone.at(0).exit_code, 0);
}

TEST_F(ToTest, ARecordedCommandThatFailsBeforeItTalksIsRefused) {
  Spill(Path("odd.wire"), "@ about command: identify extra\n> a0 0a 50 05\n< 5f f5 af fa\n");
  const CommandResult made = Mtkrig({"trace", "to-test", Path("odd.wire"), "--corpus", Corpus()});
  EXPECT_EQ(made.exit_code, harness::kExitUsage) << made.text;
  EXPECT_THAT(made.text, HasSubstr("the command of the recording 'identify extra'"));
  EXPECT_TRUE(std::filesystem::is_empty(Corpus() + "/reports"));
}

TEST_F(ToTest, ATestThatWouldEndOtherwiseThanItsRecordingIsNotWritten) {
  // The phone speaks out of turn; that is all that the report is about, and is left out.
  Spill(Path("odd.wire"),
        "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n> fd\n< 31 32 33 34 35 36 37 38\n");
  const CommandResult made =
      Mtkrig({"trace", "to-test", Path("odd.wire"), "--corpus", Corpus(), "--run", "identify"});
  EXPECT_EQ(made.exit_code, harness::ExitCodeOf(protocol::ErrorCode::kInvalidInput)) << made.text;
  EXPECT_THAT(made.text, HasSubstr("--keep-unknown"));
  EXPECT_FALSE(std::filesystem::exists(Corpus() + "/corpus.yaml"));
  EXPECT_TRUE(std::filesystem::is_empty(Corpus() + "/reports"));
  EXPECT_EQ(Mtkrig({"trace", "to-test", Path("odd.wire"), "--corpus", Corpus(), "--run", "identify",
                    "--keep-unknown"})
                .exit_code,
            0);
}

TEST_F(ToTest, RedactingWarnsOfWhatWasNotUnderstood) {
  Spill(Path("lost.wire"), "@ gap lost\n< 7e92c0b4115dfa386c07d3e2489a5bf1\n");
  const CommandResult made =
      Mtkrig({"trace", "redact", Path("lost.wire"), Path("public.wire"), "--json"});
  EXPECT_EQ(made.exit_code, 0) << made.text;
  EXPECT_THAT(made.text, HasSubstr("16 bytes in 1 places were not understood"));
  EXPECT_THAT(made.text, HasSubstr("trace show"));
  EXPECT_THAT(Slurp(Path("public.wire")), Not(HasSubstr("7e 92")));
}

TEST_F(ToTest, NothingStaysBehindWhenNothingCanBeReplayed) {
  Spill(Path("odd.wire"), "> 11\n< 22\n");
  const CommandResult made = Mtkrig({"trace", "to-test", Path("odd.wire"), "--corpus", Corpus()});
  EXPECT_EQ(made.exit_code, harness::kExitUsage) << made.text;
  EXPECT_THAT(made.text, HasSubstr("--run"));
  EXPECT_FALSE(std::filesystem::exists(Corpus() + "/reports/odd.wire"));
  EXPECT_FALSE(std::filesystem::exists(Corpus() + "/corpus.yaml"));
}

TEST_F(ToTest, ARedactedRecordingReplaysToTheSameCommand) {
  const std::string file = Recorded("mt6580", {"--snap", "64", "seccfg"});
  for (const char* name : {"public.wire", "public1.pcapng", "public2.pcapng.zst"}) {
    const std::string output = Path(name);
    const CommandResult redacted = Mtkrig({"trace", "redact", file, output});
    ASSERT_EQ(redacted.exit_code, 0) << redacted.text;
    EXPECT_THAT(redacted.text, HasSubstr("partition tables kept"));
    const CommandResult again =
        Mtkrig({"readback", "-q", "-d", "replay:" + output, "-o", Path("again"), "--force",
                "--range", "EMMC_USER:0x988000+0x40000=x.bin", "seccfg"});
    EXPECT_EQ(again.exit_code, 0) << again.text;
    EXPECT_EQ(Slurp(Path("again/x.bin")), std::string(0x40000, '\0'));
  }
}

constexpr const char* kNoted =
    "@ tool Anna's own\n@ about of Anna, serial: R58M12ABCDE\n# Anna pulled the cable\n"
    "@ phase Anna's phone\n> a0 0a 50 05\n< 5f f5 af fa\n@ phase identify\n> fd\n< fd 6580 0000\n";

TEST_F(ToTest, RedactingLeavesNotesOutUnlessTheyAreToStay) {
  Spill(Path("noted.wire"), kNoted);
  const CommandResult redacted =
      Mtkrig({"trace", "redact", Path("noted.wire"), Path("public.wire")});
  ASSERT_EQ(redacted.exit_code, 0) << redacted.text;
  EXPECT_THAT(redacted.text, HasSubstr("4  notes, facts and USB strings left out"));
  const std::string text = Slurp(Path("public.wire"));
  EXPECT_THAT(text, Not(HasSubstr("Anna")));
  EXPECT_THAT(text, Not(HasSubstr("R58M12ABCDE")));
  EXPECT_THAT(text, HasSubstr("@ phase phase 1 (name removed)\n"));
  EXPECT_THAT(text, HasSubstr("@ phase identify\n"));
  const CommandResult kept =
      Mtkrig({"trace", "redact", Path("noted.wire"), Path("kept.wire"), "--keep-notes", "--json"});
  ASSERT_EQ(kept.exit_code, 0) << kept.text;
  EXPECT_THAT(kept.text, HasSubstr("\"notes_kept\": 4"));
  EXPECT_THAT(kept.text, HasSubstr("\"notes_removed\": 0"));
  EXPECT_THAT(kept.text, HasSubstr("4 notes of people and of other tools stay"));
  EXPECT_THAT(kept.text, HasSubstr("read them before you publish it"));
  EXPECT_THAT(Slurp(Path("kept.wire")), HasSubstr("# Anna pulled the cable"));
  EXPECT_THAT(Slurp(Path("kept.wire")), HasSubstr("@ about of Anna, serial: X0000000001"));
}

// A limit on the size of files stands for the disk; the signal would end the program.
CommandResult MtkrigWithRoomFor(std::size_t size, const std::vector<std::string>& arguments) {
  struct ::rlimit before {};
  EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  struct ::rlimit limit = before;
  limit.rlim_cur = size;
  EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  CommandResult result = Mtkrig(arguments);
  EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, old_handler);
  return result;
}

TEST_F(ToTest, AFullDiskLeavesTheListAsItWas) {
  Spill(Path("noted.wire"), kNoted);
  const std::vector<std::string> make = {"trace",  "to-test", Path("noted.wire"), "--corpus",
                                         Corpus(), "--run",   "identify",         "--name"};
  const auto named = [&make](const std::string& name) {
    std::vector<std::string> arguments = make;
    arguments.push_back(name);
    return arguments;
  };
  ASSERT_EQ(Mtkrig(named("one")).exit_code, 0);
  const std::string list = Corpus() + "/corpus.yaml";
  // Longer than everything else that is written.
  Spill(list, "# " + std::string(64 << 10, '-') + "\n" + Slurp(list));
  const std::string before = Slurp(list);
  const CommandResult full = MtkrigWithRoomFor(before.size() - 100, named("two"));
  EXPECT_EQ(full.exit_code, harness::ExitCodeOf(protocol::ErrorCode::kNoSpace)) << full.text;
  EXPECT_THAT(full.text, HasSubstr("corpus.yaml"));
  EXPECT_TRUE(Slurp(list) == before);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(Corpus())) {
    EXPECT_THAT(entry.path().string(), Not(HasSubstr("two")));
    EXPECT_THAT(entry.path().string(), Not(HasSubstr(".new")));
  }
  ASSERT_EQ(Mtkrig(named("two")).exit_code, 0);
  EXPECT_EQ(Sessions().size(), 2U);
}

// Whichever file is the one that it has no room for: the recording, or what replaying it writes.
TEST_F(ToTest, AFullDiskIsNoFaultOfTheCommand) {
  Spill(Path("noted.wire"), kNoted);
  bool in_replay = false;
  for (std::size_t room = 40;; room += 40) {
    ASSERT_LT(room, 64U << 10);
    const CommandResult made =
        MtkrigWithRoomFor(room, {"trace", "to-test", Path("noted.wire"), "--corpus", Corpus(),
                                 "--run", "identify", "--name", "small"});
    if (made.exit_code == 0) break;
    EXPECT_EQ(made.exit_code, harness::ExitCodeOf(protocol::ErrorCode::kNoSpace)) << made.text;
    EXPECT_THAT(made.text, HasSubstr("free some space and run it again")) << room;
    EXPECT_THAT(made.text, Not(HasSubstr("OUTPUT"))) << "to-test has none";
    EXPECT_THAT(made.text, Not(HasSubstr("--run")));
    in_replay |= made.text.find("small.replayed.wire") != std::string::npos;
    ASSERT_TRUE(std::filesystem::is_empty(Corpus() + "/reports")) << made.text;
  }
  EXPECT_TRUE(in_replay);
}

TEST_F(ToTest, AFullDiskLeavesNoHalfOfARedactedRecording) {
  const std::string file = Recorded("mt6580", {"--snap", "64"});
  const CommandResult full = MtkrigWithRoomFor(
      150 << 10, {"trace", "redact", file, Path("public.pcapng.zst"), "--blank-agents"});
  EXPECT_EQ(full.exit_code, harness::ExitCodeOf(protocol::ErrorCode::kNoSpace)) << full.text;
  EXPECT_THAT(full.text, HasSubstr("public.da.bin"));
  for (const auto& entry : std::filesystem::directory_iterator(Path(""))) {
    EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr("public")));
  }
}

TEST_F(ToTest, WhatATestSaysBesideItsRecordingIsSearched) {
  const std::string file = Path("R58M12ABCDE of anna.wire");
  Spill(file, kNoted);
  const CommandResult made =
      Mtkrig({"trace", "to-test", file, "--corpus", Corpus(), "--run", "identify", "--source",
              "a mail of anna@example.com, phone r58m12abcde"});
  ASSERT_EQ(made.exit_code, 0) << made.text;
  EXPECT_THAT(made.text,
              HasSubstr("--source had something of a phone or a person in it, which is now: "
                        "a mail of user@example.org, phone X0000000001"));
  const auto sessions = Sessions();
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].name(), "report-1") << "a file's name may be anything";
  EXPECT_EQ(sessions[0].source, "a mail of user@example.org, phone X0000000001");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(Corpus())) {
    if (!entry.is_regular_file()) continue;
    const std::string text = entry.path().string() + Slurp(entry.path());
    for (const std::string& said : {std::string("R58M12"), std::string("r58m12"),
                                    std::string("anna"), std::string("Anna"), file}) {
      EXPECT_THAT(text, Not(HasSubstr(said))) << entry.path();
    }
  }
  ASSERT_EQ(Mtkrig({"trace", "to-test", file, "--corpus", Corpus(), "--run", "identify"}).exit_code,
            0);
  EXPECT_EQ(Sessions().back().name(), "report-2");
}

TEST_F(ToTest, ANameThatTellsOfAPhoneIsRefused) {
  Spill(Path("noted.wire"), kNoted);
  const CommandResult made = Mtkrig({"trace", "to-test", Path("noted.wire"), "--corpus", Corpus(),
                                     "--run", "identify", "--name", "issue-r58m12abcde"});
  EXPECT_EQ(made.exit_code, harness::kExitUsage) << made.text;
  EXPECT_THAT(made.text, HasSubstr("name another with --name"));
  EXPECT_TRUE(std::filesystem::is_empty(Corpus()));
}

TEST_F(ToTest, RedactingRefusesWhatIsThere) {
  const std::string file = Recorded("mt6580");
  EXPECT_EQ(Mtkrig({"trace", "redact", file, file, "--force"}).exit_code, harness::kExitUsage);
  Spill(Path("there.replay.yaml"), "ignore: [ready]\n");
  EXPECT_EQ(Mtkrig({"trace", "redact", file, Path("there.wire")}).exit_code,
            harness::ExitCodeOf(protocol::ErrorCode::kExists));
  EXPECT_FALSE(std::filesystem::exists(Path("there.wire")));
}

TEST_F(ToTest, RandomBytesOfTheSideFileMoveWithTheirPacket) {
  const std::string file = Path("s.wire");
  ASSERT_EQ(Mtkrig({"trace", "convert", Recorded("mt6580"), file}).exit_code, 0);
  // The line of the hardware version.
  const std::string text = Slurp(file);
  const std::size_t at = text.find("< ca 00");
  ASSERT_NE(at, std::string::npos);
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(at), '\n');
  Spill(Path("s.replay.yaml"),
        "random:\n  - {name: here, packet: " + std::to_string(line) + ", at: 1, length: 1}\n");
  const CommandResult noted = Mtkrig({"trace", "redact", file, Path("n.wire"), "--keep-notes"});
  ASSERT_EQ(noted.exit_code, 0) << noted.text;
  EXPECT_THAT(Slurp(Path("n.replay.yaml")), HasSubstr("name: \"here\""));
  const CommandResult redacted = Mtkrig({"trace", "redact", file, Path("r.pcapng")});
  ASSERT_EQ(redacted.exit_code, 0) << redacted.text;
  const std::string side = Slurp(Path("r.replay.yaml"));
  EXPECT_THAT(side, HasSubstr("name: \"random 1\"")) << "a name is a note, too";
  EXPECT_THAT(side, Not(HasSubstr("packet: " + std::to_string(line) + ",")));
  EXPECT_EQ(Mtkrig({"readback", "-q", "-d", "replay:" + Path("r.pcapng"), "-o", Path("again"),
                    "--range", "EMMC_USER:0x988000+0x40000=x.bin"})
                .exit_code,
            0);
}

}  // namespace
}  // namespace mtkrig::traces
