// Recordings with gaps, their side files, and what a redaction leaves beside its result: as a user
// meets them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "harness/exit_codes.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kWithGap =
    "> a0 0a 50 05\n< 5f f5 af fa\n@ gap two packets were dropped\n> fd\n< fd 6580 0000\n";

class CommandTraceFiles : public Command {
 protected:
  std::string File(std::string_view name) const { return (directory_ / name).string(); }
  std::string Spilled(std::string_view name, std::string_view content) const {
    Spill(directory_ / name, std::string(content));
    return File(name);
  }
  // A small readback of a phone in software, recorded.
  std::string Recorded(std::string_view name, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {
        "readback",        "-q",      "-d",
        "emulator:mt6580", "-o",      Out(),
        "--force",         "--range", "EMMC_USER:0x988000+0x40000=x.bin",
        "--trace",         File(name)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = Mtkrig(arguments);
    EXPECT_EQ(result.exit_code, kExitSuccess) << result.err;
    return File(name);
  }
};

// Each of these once passed over gaps in silence.
TEST_F(CommandTraceFiles, EveryGapIsSeen) {
  const std::string file = Spilled("g.wire", kWithGap);
  const std::string gap = "gap  packet 3  offset 0x1c  text two packets were dropped";
  const std::string warning = "gap at byte 0x1c (packet or line 3): two packets were dropped";
  const ProcessResult show = Mtkrig({"trace", "show", file});
  EXPECT_THAT(show.out, HasSubstr(gap));
  EXPECT_THAT(show.out, HasSubstr("3 steps, 1 gap\n"));
  EXPECT_THAT(Mtkrig({"trace", "stats", file}).err, HasSubstr(warning));
  EXPECT_THAT(Mtkrig({"trace", "diff", file, file}).err, HasSubstr(warning));
  EXPECT_THAT(Mtkrig({"trace", "redact", file, File("r.wire")}).err, HasSubstr(warning));
  EXPECT_THAT(Mtkrig({"trace", "convert", file, File("c.wire")}).err, HasSubstr(warning));
  EXPECT_THAT(Mtkrig({"trace", "show", "--jsonl", file}).err, HasSubstr(warning));
  for (const char* command : {"show", "stats"}) {
    const nlohmann::json document = Json(Mtkrig({"trace", command, "--json", file}));
    ASSERT_EQ(document["warnings"].size(), 1U) << command;
    EXPECT_EQ(document["warnings"][0]["text"], warning);
    EXPECT_EQ(document["results"]["gaps"], 1);
  }
}

TEST_F(CommandTraceFiles, ThousandsOfGapsAreCounted) {
  std::string text = "> a0\n";
  for (int i = 0; i < 250; ++i) text += "@ gap hole\n";
  const ProcessResult result = Mtkrig({"trace", "stats", Spilled("g.wire", text)});
  EXPECT_THAT(result.err, HasSubstr("150 more gaps"));
}

TEST_F(CommandTraceFiles, AFileThatIsThereIsReplacedByForceAlone) {
  const std::string file = Spilled("g.wire", kWithGap);
  const std::string there = Spilled("there.wire", "mine");
  for (const char* command : {"convert", "redact"}) {
    const ProcessResult refused = Mtkrig({"trace", command, file, there});
    EXPECT_EQ(refused.exit_code, ExitCodeOf(ErrorCode::kExists)) << command;
    EXPECT_THAT(refused.err, HasSubstr("--force replaces")) << command;
    EXPECT_EQ(Slurp(there), "mine");
    EXPECT_EQ(Mtkrig({"trace", command, file, there, "--force"}).exit_code, kExitSuccess);
    Spilled("there.wire", "mine");
  }
}

// What a redaction loosens is wrong for the recording itself, and what a person wrote for it is
// lost otherwise.
TEST_F(CommandTraceFiles, ARedactionDoesNotTakeTheSideFileOfItsRecording) {
  const std::string id =
      "> a0 0a 50 05\n< 5f f5 af fa\n> e1\n< e1 00000008 7e92c0b4115dfa38 0000\n";
  const std::string file = Spilled("alt.wire", id);
  const std::string side_file = File("alt.replay.yaml");
  std::filesystem::create_directory_symlink(directory_.path(), directory_ / "link");
  for (const bool written : {false, true}) {
    if (written) Spilled("alt.replay.yaml", "# by hand\nignore: [ready]\n");
    for (const char* name : {"alt.pcapng", "alt.wire.zst", "link/alt.pcapng"}) {
      const ProcessResult refused = Mtkrig({"trace", "redact", "--force", file, File(name)});
      EXPECT_EQ(refused.exit_code, kExitUsage) << name;
      EXPECT_THAT(refused.err, HasSubstr("would be the side file of both"));
      EXPECT_THAT(refused.err, HasSubstr("another name"));
      EXPECT_FALSE(std::filesystem::exists(File(name)));
    }
    EXPECT_EQ(std::filesystem::exists(side_file), written);
  }
  EXPECT_EQ(Slurp(side_file), "# by hand\nignore: [ready]\n");
  std::filesystem::create_directory(directory_ / "links");
  std::filesystem::create_symlink(file, directory_ / "links" / "b.wire");
  EXPECT_EQ(Mtkrig({"trace", "redact", File("links/b.wire"), File("alt.pcapng")}).exit_code,
            kExitUsage);
  std::filesystem::create_directory(directory_ / "other");
  const ProcessResult other = Mtkrig({"trace", "redact", file, File("other/alt.wire")});
  EXPECT_EQ(other.exit_code, kExitSuccess) << other.err;
  EXPECT_THAT(Slurp(File("other/alt.replay.yaml")), HasSubstr("blanked"));
}

TEST_F(CommandTraceFiles, ARedactionTellsOfValuesThatTheHostWrote) {
  const std::string hello = "> a0 0a 50 05\n< 5f f5 af fa\n";
  const auto write = [](const std::string& address) {
    return "> d4\n< d4\n> " + address + "\n< " + address +
           "\n> 00000001\n< 00000001 0000\n> 7e92c0b4\n< 7e92c0b4 0000\n";
  };
  const std::string usual = Spilled("usual.wire", hello + write("10007000"));
  EXPECT_THAT(Mtkrig({"trace", "redact", usual, File("u.wire")}).err, Not(HasSubstr("writes")));
  const std::string file = Spilled("odd.wire", hello + write("10007000") + write("11c50140"));
  EXPECT_THAT(Mtkrig({"trace", "redact", file, File("o.wire")}).err,
              HasSubstr("1 writes to registers or memory"));
}

// Half a recording is none, and takes nobody's place.
TEST_F(CommandTraceFiles, AConversionThatFailsLeavesWhatWasThere) {
  const std::string bad = Spilled("bad.wire", "> a0\n< zz\n");
  const std::string there = Spilled("there.pcapng", "mine");
  for (const char* command : {"convert", "redact"}) {
    EXPECT_EQ(Mtkrig({"trace", command, bad, there, "--force"}).exit_code,
              ExitCodeOf(ErrorCode::kInvalidInput));
    EXPECT_EQ(Slurp(there), "mine") << command;
    const std::string fresh = File("fresh.pcapng");
    EXPECT_EQ(Mtkrig({"trace", command, bad, fresh}).exit_code,
              ExitCodeOf(ErrorCode::kInvalidInput));
    EXPECT_FALSE(std::filesystem::exists(fresh)) << command;
  }
}

// The end of the packet that is lost is noticed behind the answer that it asked for.
TEST_F(CommandTraceFiles, AReplayedHostTellsAGapBesideADifference) {
  const std::string file =
      Spilled("g.wire", "> a0\n< 5f\n< f5\n@ gap a write is missing\n> 50\n< af\n");
  const ProcessResult result = Mtkrig({"replay-host", file, "-d", "emulator:mt6580"});
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kInvalidInput));
  EXPECT_THAT(result.err, HasSubstr("the recording has a gap beside packet"));
  Spilled("g.replay.yaml", "ignore: [gaps]\n");
  const ProcessResult ignored = Mtkrig({"replay-host", file, "-d", "emulator:mt6580"});
  EXPECT_EQ(ignored.exit_code, kExitDifferent);
  EXPECT_THAT(ignored.err, HasSubstr("which may be why: packet 4: a write is missing"));
}

TEST_F(CommandTraceFiles, ADirectoryIsNamed) {
  const ProcessResult result = Mtkrig({"trace", "show", directory_.path().string()});
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kInvalidInput));
  EXPECT_THAT(result.err, HasSubstr("is a directory"));
  EXPECT_THAT(result.err, HasSubstr("name a file in it"));
}

TEST_F(CommandTraceFiles, AReplayTakesOptions) {
  const std::string file = Recorded("s.pcapng");
  const auto identify = [&](const std::string& options) {
    return Mtkrig({"readback", "-q", "-d", "replay:" + file + options, "-o", Out(), "--force",
                   "--range", "EMMC_USER:0x988000+0x40000=x.bin"});
  };
  EXPECT_EQ(identify("?exact").exit_code, kExitSuccess);
  EXPECT_EQ(identify("?exact&timing=none").exit_code, kExitSuccess);
  const ProcessResult wrong = identify("?exakt");
  EXPECT_EQ(wrong.exit_code, kExitUsage);
  EXPECT_THAT(wrong.err, HasSubstr("'exakt' is no option of a replay"));
  EXPECT_EQ(identify("?timing=slow").exit_code, kExitUsage);
  // The device of a capture, as --from names it elsewhere.
  EXPECT_EQ(identify("?exact&from=1:2").exit_code, kExitSuccess);
  const ProcessResult absent = identify("?from=9:99");
  EXPECT_NE(absent.exit_code, kExitSuccess);
  EXPECT_THAT(absent.err, HasSubstr("no traffic of device 9:99; it has 1:2"));
  const ProcessResult odd = identify("?from=phone");
  EXPECT_EQ(odd.exit_code, kExitUsage);
  EXPECT_THAT(odd.err, HasSubstr("'phone' is no device"));
  EXPECT_THAT(odd.err, HasSubstr("?from=3:17"));
  EXPECT_EQ(identify("?from=").exit_code, kExitUsage);
  for (const auto& [options, name] :
       {std::pair<std::string, std::string>("?from=1:2&from=1:3", "from"),
        {"?from=1:2&exact&from=1:2", "from"},
        {"?exact&exact", "exact"},
        {"?timing=none&timing=recorded", "timing"}}) {
    const ProcessResult twice = identify(options);
    EXPECT_EQ(twice.exit_code, kExitUsage) << options;
    EXPECT_THAT(twice.err, HasSubstr("'" + name + "' is said twice")) << options;
  }
  // A file whose name has a question mark.
  std::filesystem::copy_file(file, File("odd?exact"));
  EXPECT_EQ(Mtkrig({"readback", "-q", "-d", "replay:" + File("odd?exact"), "-o", Out(), "--force",
                    "--range", "EMMC_USER:0x988000+0x40000=x.bin"})
                .exit_code,
            kExitSuccess);
}

TEST_F(CommandTraceFiles, AConversionTakesTheSideFileAlong) {
  Spilled("s.wire", "# nobody counts this\n> a0 0a 50 05\n< 5f f5 af fa\n> fd\n< fd 6580 0000\n");
  Spilled("s.replay.yaml", "# by hand\nrandom:\n  - {name: code, packet: 5, at: 1, length: 2}\n");
  ASSERT_EQ(Mtkrig({"trace", "convert", File("s.wire"), File("t.pcapng")}).exit_code, kExitSuccess);
  // The last of four transfers, of two packets each.
  EXPECT_EQ(Slurp(File("t.replay.yaml")),
            "# by hand\nrandom:\n  - {name: code, packet: 8, at: 1, length: 2}\n");
  const ProcessResult same = Mtkrig({"trace", "convert", File("s.wire"), File("s.pcapng")});
  EXPECT_EQ(same.exit_code, kExitUsage);
  EXPECT_THAT(same.err, HasSubstr("would be the side file of both"));
  Spilled("u.replay.yaml", "");
  const ProcessResult there = Mtkrig({"trace", "convert", File("s.wire"), File("u.wire")});
  EXPECT_EQ(there.exit_code, ExitCodeOf(ErrorCode::kExists));
  EXPECT_FALSE(std::filesystem::exists(File("u.wire")));
  EXPECT_EQ(Mtkrig({"trace", "convert", "--force", File("s.wire"), File("u.wire")}).exit_code,
            kExitSuccess);
  EXPECT_NE(Slurp(File("u.replay.yaml")), "");
}

// It would pass over what the other recording was made to show, and what a person wrote for that
// one would be lost.
TEST_F(CommandTraceFiles, ASideFileOfAnotherRecordingIsNotWritten) {
  const std::string hello = "> a0 0a 50 05\n< 5f f5 af fa\n";
  Spilled("s.wire", hello + "> e1\n< e1 00000008 7e92c0b4115dfa38 0000\n");
  Spilled("s.replay.yaml", "ignore: [ready]\n");
  const std::string other = Spilled("a.pcapng", "another one");
  const std::string side_file = File("a.replay.yaml");
  const std::string both = side_file + " would be the side file of " + other;
  for (const bool written : {false, true}) {
    if (written) Spilled("a.replay.yaml", "# by hand\n");
    for (const char* command : {"convert", "redact"}) {
      for (const char* name : {"a.wire", "a.pcapng.zst"}) {
        const ProcessResult refused =
            Mtkrig({"trace", command, "--force", File("s.wire"), File(name)});
        EXPECT_EQ(refused.exit_code, kExitUsage) << command << name << refused.err;
        EXPECT_THAT(refused.err, HasSubstr(both));
        EXPECT_THAT(refused.err, HasSubstr("another name"));
        EXPECT_FALSE(std::filesystem::exists(File(name)));
      }
      EXPECT_EQ(std::filesystem::exists(side_file), written);
    }
  }
  EXPECT_EQ(Slurp(side_file), "# by hand\n");
  // What has its name takes its place, with its side file.
  EXPECT_EQ(Mtkrig({"trace", "redact", "--force", File("s.wire"), other}).exit_code, kExitSuccess);
  EXPECT_THAT(Slurp(side_file), HasSubstr("blanked"));
  // One that has none to write finds that one, which is told.
  Spilled("plain.wire", hello);
  const ProcessResult found = Mtkrig({"trace", "convert", File("plain.wire"), File("a.wire")});
  EXPECT_EQ(found.exit_code, kExitSuccess) << found.err;
  EXPECT_THAT(found.err, HasSubstr(side_file + ": was there already"));
}

// What was written for another recording would pass over what this one was made to show.
TEST_F(CommandTraceFiles, ASideFileThatIsThereIsToldToANewRecording) {
  const std::string side_file = Spilled("new.replay.yaml", "ignore: [ready]\n");
  const std::string told = side_file + ": was there already, and replays of ";
  const std::string session = Spilled("s.wire", "> a0 0a 50 05\n< 5f f5 af fa\n");
  for (const char* name : {"new.wire", "new.pcapng.zst"}) {
    const ProcessResult converted = Mtkrig({"trace", "convert", session, File(name)});
    EXPECT_EQ(converted.exit_code, kExitSuccess) << converted.err;
    EXPECT_THAT(converted.err,
                AllOf(HasSubstr(told + File(name)), HasSubstr(" go by it: remove it if it is of")));
  }
  const ProcessResult recorded =
      Mtkrig({"identify", "-q", "-d", "emulator:mt6580", "--trace", File("new.pcapng")});
  EXPECT_EQ(recorded.exit_code, kExitSuccess) << recorded.err;
  EXPECT_THAT(recorded.err, HasSubstr(told + File("new.pcapng")));
  EXPECT_EQ(Slurp(side_file), "ignore: [ready]\n");
  // One that serves both as it is, and none.
  const ProcessResult shared = Mtkrig({"trace", "convert", File("new.wire"), File("new.wire.zst")});
  EXPECT_EQ(shared.exit_code, kExitSuccess);
  EXPECT_EQ(shared.err, "");
  EXPECT_EQ(Mtkrig({"trace", "convert", session, File("other.wire")}).err, "");
  const nlohmann::json document =
      Json(Mtkrig({"trace", "convert", "--json", "--force", session, File("new.pcapng")}));
  ASSERT_EQ(document["warnings"].size(), 1U);
  EXPECT_EQ(document["warnings"][0]["file"], side_file);
}

TEST_F(CommandTraceFiles, AConversionKeepsThePathsOfASideFile) {
  std::filesystem::create_directory(directory_ / "other");
  Spilled("s.wire", "> a0\n< 5f 00 ... 4\n");
  Spilled("rest.bin", std::string("\x5f\0\1\2", 4));
  Spilled("s.replay.yaml", "contents:\n  - {phase: '', file: 'rest.bin'}\n");
  ASSERT_EQ(Mtkrig({"trace", "convert", File("s.wire"), File("other/t.wire")}).exit_code,
            kExitSuccess);
  EXPECT_EQ(Slurp(File("other/t.replay.yaml")),
            "contents:\n  - {phase: '', file: \"../rest.bin\"}\n");
}

TEST_F(CommandTraceFiles, ADigestOfAllBytesIsToBeHad) {
  const std::string sampled = Recorded("a.wire", {"--snap", "64"});
  EXPECT_THAT(Slurp(sampled), HasSubstr("xxh3-128/16-2048:"));
  EXPECT_THAT(Mtkrig({"trace", "show", "-v", sampled}).out,
              HasSubstr("with one of a sample, which does not see"));
  const std::string full = Recorded("b.wire", {"--snap", "64", "--digest", "full"});
  EXPECT_THAT(Slurp(full), Not(HasSubstr("xxh3-128/")));
  EXPECT_THAT(Slurp(full), HasSubstr("xxh3-128:"));
  EXPECT_THAT(Mtkrig({"trace", "show", "-v", full}).out, Not(HasSubstr("of a sample")));
  EXPECT_EQ(Mtkrig({"identify", "-d", "emulator:mt6580", "--digest", "full"}).exit_code,
            kExitUsage);
}

// What is known of the phone before it is asked: who replays a cut recording needs the seed.
TEST_F(CommandTraceFiles, ChipAndSeedOfAPhoneInSoftwareAreFacts) {
  Spilled("seed7.yaml", "based_on: mt6580\nstorage: {seed: 7}\n");
  const std::string profile = "emulator:" + File("seed7.yaml");
  ASSERT_EQ(Mtkrig({"identify", "-q", "-d", profile, "--trace", File("t.wire")}).exit_code,
            kExitSuccess);
  const std::string text = Slurp(File("t.wire"));
  EXPECT_THAT(text, AllOf(HasSubstr("\n@ chip MT6580\n"), HasSubstr("\n@ seed 7\n")));
}

// A limit on the size of files stands for the disk.
TEST_F(CommandTraceFiles, AFullDiskLeavesWhatWasRecordedBefore) {
  const std::string file = File("t.pcapng");
  const std::string run = "; trap '' XFSZ; $mtkrig identify -q -d emulator:mt6580 --trace " + file;
  const ProcessResult cut = Shell("ulimit -f 3" + run);
  EXPECT_EQ(cut.exit_code, ExitCodeOf(ErrorCode::kNoSpace)) << cut.err;
  EXPECT_THAT(cut.err, HasSubstr("is incomplete: what came before stays in it"));
  const ProcessResult shown = Mtkrig({"trace", "show", file});
  EXPECT_EQ(shown.exit_code, kExitSuccess) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("incomplete: the recording ends here"));
  const ProcessResult again = Shell("ulimit -f 0" + run);
  EXPECT_EQ(again.exit_code, ExitCodeOf(ErrorCode::kExists)) << "it is kept: " << again.err;
}

TEST_F(CommandTraceFiles, ADiskThatIsFullBeforeLeavesNothingInTheWay) {
  for (const std::string name : {"t.pcapng", "t.wire", "t.pcapng.zst"}) {
    const ProcessResult full = Shell(
        "ulimit -f 0; trap '' XFSZ; $mtkrig identify -q -d "
        "emulator:mt6580 --trace " +
        File(name));
    EXPECT_EQ(full.exit_code, ExitCodeOf(ErrorCode::kNoSpace)) << full.err;
    EXPECT_FALSE(std::filesystem::exists(File(name))) << name;
  }
}

// What the first line of the output tells to type.
std::vector<std::string> CommandIn(const std::string& output, const std::string& mark) {
  const std::size_t at = output.find(mark);
  std::vector<std::string> words;
  if (at == std::string::npos) return words;
  std::istringstream line(
      output.substr(at + mark.size(), output.find('\n', at) - at - mark.size()));
  for (std::string word; line >> word;) words.push_back(word);
  if (!words.empty()) words.erase(words.begin());  // mtkrig
  return words;
}

TEST_F(CommandTraceFiles, ARedactedRecordingReplaysAsItsOutputSays) {
  for (const bool cut : {false, true}) {
    for (const bool blank : {false, true}) {
      SCOPED_TRACE(std::string(cut ? "cut" : "whole") + (blank ? ", without agents" : ""));
      const std::string name = std::string(cut ? "c" : "w") + (blank ? "b" : "");
      const std::string file =
          Recorded(name + ".pcapng",
                   cut ? std::vector<std::string>{"--snap", "64"} : std::vector<std::string>{});
      std::vector<std::string> redact = {"trace", "redact", file, File(name + "-public.pcapng")};
      if (blank) redact.emplace_back("--blank-agents");
      const ProcessResult redacted = Mtkrig(redact);
      ASSERT_EQ(redacted.exit_code, kExitSuccess) << redacted.err;
      EXPECT_EQ(std::filesystem::exists(File(name + "-public.da.bin")), blank);
      std::vector<std::string> phone = CommandIn(redacted.out, "to replay the phone: ");
      ASSERT_FALSE(phone.empty()) << redacted.out;
      std::replace(phone.begin(), phone.end(), std::string("DIR"), Out());
      phone.emplace_back("--force");
      const ProcessResult as_phone = Mtkrig(phone);
      EXPECT_EQ(as_phone.exit_code, kExitSuccess) << as_phone.err;
      // Content and identities are others now: the phone that was recorded answers otherwise.
      const std::vector<std::string> host = CommandIn(redacted.out, "to replay the host: ");
      ASSERT_FALSE(host.empty()) << redacted.out;
      const ProcessResult as_host = Mtkrig(host);
      EXPECT_EQ(as_host.exit_code, kExitSuccess) << as_host.out << as_host.err;
    }
  }
}

}  // namespace
}  // namespace mtkrig::harness
