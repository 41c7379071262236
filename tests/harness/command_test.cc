// The command as users and scripts meet it: a process with arguments, output and an exit status.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "harness/exit_codes.h"
#include "harness/output/hash_file.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(Command, ReadsBootAndRecoveryBack) {
  const ProcessResult result =
      Mtkrig({"readback", "--device", "emulator:mt6577", "-o", Out(), "BOOTIMG", "recovery.img"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(std::filesystem::file_size(Out("boot.img")), 0x600000U);
  EXPECT_EQ(std::filesystem::file_size(Out("recovery.img")), 0x600000U);
  EXPECT_EQ(Slurp(Out("boot.img")).substr(0, 8), "ANDROID!");
  const Result<HashedFile> boot = HashFile(Out("boot.img"), nullptr);
  ASSERT_TRUE(boot);
  EXPECT_THAT(result.out, AllOf(HasSubstr("SHA-256"), HasSubstr("boot.img"), HasSubstr("6.0 MiB"),
                                HasSubstr(boot->sha256), HasSubstr("kernel")));
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("found MT6577/MT8317"), HasSubstr("boot.img: reading 6.0 MiB\n"),
                    HasSubstr("boot.img: done")));
  EXPECT_EQ(result.err.find('\r'), std::string::npos) << "no bar in a pipe";
}

TEST_F(Command, TheScatterFileAndThePhonesOwnTableLeadToTheSameBytes) {
  ASSERT_EQ(Mtkrig({"readback", "-d", "emulator:mt6577", "-o", Out("a"), "boot"}).exit_code, 0);
  const ProcessResult result = Mtkrig({"readback", "-d", "emulator:mt6577", "-s", ScatterFile(),
                                       "-o", Out("b"), "boot", "recovery"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(HashFile(Out("a/boot.img"), nullptr)->sha256,
            HashFile(Out("b/boot.img"), nullptr)->sha256);
  const auto manifest = nlohmann::json::parse(Slurp(Out("b/manifest.json")));
  EXPECT_EQ(manifest["device"]["hw_code"], "0x6575") << "which an MT6577 answers";
  EXPECT_EQ(manifest["files"][0]["linear_address"], 0xF88000);
  EXPECT_EQ(manifest["files"][0]["offset"], 0x988000);
  EXPECT_EQ(manifest["files"][1]["linear_address"], 0x1588000);
  EXPECT_EQ(manifest["files"][1]["size"], 0x600000);
}

TEST_F(Command, ALinearRangeAndItsPhysicalOneAreTheSameBytes) {
  const ProcessResult result = Mtkrig({"readback", "-d", "emulator:mt6577", "-s", ScatterFile(),
                                       "-o", Out(), "--range", "LINEAR:0000F88000+64K=linear.bin",
                                       "--range", "EMMC_USER:0x988000+0x10000=user.bin"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(Slurp(Out("linear.bin")), Slurp(Out("user.bin")));
  EXPECT_EQ(Slurp(Out("linear.bin")).substr(0, 8), "ANDROID!");
}

TEST_F(Command, ABareNumberWithTwoReadingsIsRefusedWithBoth) {
  const ProcessResult result = Mtkrig({"readback", "-d", "emulator:mt6577", "-o", Out(), "--range",
                                       "EMMC_USER:988000+0x200=a.bin"});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.err, AllOf(HasSubstr("0x988000"), HasSubstr("988000")));
}

TEST_F(Command, JsonIsOneDocumentAndNothingElse) {
  const ProcessResult result =
      Mtkrig({"readback", "-d", "emulator:mt6577", "-o", Out(), "--json", "boot"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json document = Json(result);
  ASSERT_FALSE(document.is_discarded()) << result.out;
  EXPECT_EQ(document["schema"], "mtkrig-result-1");
  EXPECT_EQ(document["command"], "readback");
  EXPECT_EQ(document["ok"], true);
  EXPECT_EQ(document["exit_code"], 0);
  EXPECT_TRUE(document["error"].is_null());
  const nlohmann::json& file = document["results"]["files"][0];
  EXPECT_EQ(file["file"], "boot.img");
  EXPECT_EQ(file["outcome"], "read");
  EXPECT_EQ(file["image"]["kind"], "android-boot");
  EXPECT_GT(file["image"]["kernel_size"], 0);
}

TEST_F(Command, JsonOfAFailureHasCodeAndHint) {
  const ProcessResult result =
      Mtkrig({"readback", "-d", "emulator:mt6577", "-o", Out(), "--json", "boott"});
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNotFound));
  const nlohmann::json document = Json(result);
  EXPECT_EQ(document["ok"], false);
  EXPECT_EQ(document["error"]["code"], "not-found");
  EXPECT_EQ(document["error"]["hint"], "Did you mean BOOTIMG or UBOOT?");
}

TEST_F(Command, QuietPrintsNothingWhenAllIsWell) {
  const ProcessResult result =
      Mtkrig({"readback", "-d", "emulator:mt6580", "-o", Out(), "--quiet", "boot"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, IsEmpty());
}

TEST_F(Command, NoProgressKeepsTheSummary) {
  const ProcessResult result =
      Mtkrig({"readback", "-d", "emulator:mt6577", "-o", Out(), "--no-progress", "boot"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("boot.img"));
  EXPECT_THAT(result.err, Not(HasSubstr("reading")));
}

TEST_F(Command, AnExistingFileIsKeptUnlessForced) {
  std::filesystem::create_directory(Out());
  Spill(Out("boot.img"), "precious");
  const ProcessResult refused =
      Mtkrig({"readback", "-d", "emulator:mt6577", "-s", ScatterFile(), "-o", Out(), "boot"});
  EXPECT_EQ(refused.exit_code, ExitCodeOf(ErrorCode::kExists));
  EXPECT_THAT(refused.err, Not(HasSubstr("found"))) << "said before the phone was touched";
  EXPECT_EQ(Slurp(Out("boot.img")), "precious");
  EXPECT_EQ(Mtkrig({"readback", "-d", "emulator:mt6577", "-o", Out(), "--force", "boot"}).exit_code,
            0);
  EXPECT_EQ(std::filesystem::file_size(Out("boot.img")), 0x600000U);
}

TEST_F(Command, ImagesOfTwoPhonesDoNotMixInOneFolder) {
  ASSERT_EQ(Mtkrig({"readback", "-d", "emulator:mt6577", "-o", Out(), "boot"}).exit_code, 0);
  const ProcessResult other =
      Mtkrig({"readback", "-d", "emulator:mt6589", "-o", Out(), "recovery"});
  EXPECT_EQ(other.exit_code, ExitCodeOf(ErrorCode::kExists));
  EXPECT_THAT(other.err, HasSubstr("another phone"));
}

TEST_F(Command, TheManifestGathersWhatSeveralRunsRead) {
  ASSERT_EQ(Mtkrig({"readback", "-d", "emulator:mt6577", "-o", Out(), "boot"}).exit_code, 0);
  ASSERT_EQ(Mtkrig({"readback", "-d", "emulator:mt6577", "-o", Out(), "recovery"}).exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(Slurp(Out("manifest.json")))["files"].size(), 2U);
}

TEST_F(Command, AFullDiskIsSaidBeforeAnythingIsRead) {
  const ProcessResult result = Mtkrig({"readback", "-d", "emulator:mt6577", "-o", Out(), "--range",
                                       "EMMC_USER:0x0+0x2000000000000=a.bin"});
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNoSpace));
  EXPECT_THAT(result.err, Not(HasSubstr("found")));
  EXPECT_FALSE(std::filesystem::exists(Out()));
}

TEST_F(Command, CtrlCKeepsWhatWasReadAndResumeFinishesIt) {
  const std::vector<std::string> read = {"readback",
                                         "-d",
                                         "emulator:mt6577",
                                         "-o",
                                         Out(),
                                         "--range",
                                         "EMMC_USER:0x0+0x8000000=part.bin"};
  std::vector<std::string> logged = read;
  // The log of transfers fills the pipe, so the command cannot finish before it is told to stop.
  logged.emplace_back("--verbose");
  Process process(Line(logged));
  ASSERT_TRUE(process.ReadErrorUntil("part.bin: 20 %"));
  process.Signal(SIGINT);
  const ProcessResult stopped = process.Wait();
  EXPECT_EQ(stopped.exit_code, kExitCancelled);
  EXPECT_THAT(stopped.err,
              AllOf(HasSubstr("part.bin: stopped"), HasSubstr("are kept"), HasSubstr("--resume")));
  EXPECT_FALSE(std::filesystem::exists(Out("part.bin")));
  EXPECT_TRUE(std::filesystem::exists(Out(".part.bin.part")));

  const ProcessResult again = Mtkrig(read);
  EXPECT_EQ(again.exit_code, ExitCodeOf(ErrorCode::kExists)) << "not started over unasked";

  std::vector<std::string> resume = read;
  resume.emplace_back("--resume");
  const ProcessResult resumed = Mtkrig(resume);
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("part.bin: reading 128.0 MiB, continuing at "));
  EXPECT_FALSE(std::filesystem::exists(Out(".part.bin.part")));

  std::vector<std::string> whole = read;
  whole[4] = Out("whole");
  ASSERT_EQ(Mtkrig(whole).exit_code, 0);
  EXPECT_EQ(HashFile(Out("part.bin"), nullptr)->sha256,
            HashFile(Out("whole/part.bin"), nullptr)->sha256);

  const ProcessResult kept = Mtkrig([&] {
    std::vector<std::string> line = resume;
    line.emplace_back("--json");
    return line;
  }());
  EXPECT_EQ(kept.exit_code, 0) << kept.err;
  EXPECT_EQ(Json(kept)["results"]["files"][0]["outcome"], "kept");
}

TEST_F(Command, TermAndHangupStopAsCtrlCDoes) {
  for (const int signal : {SIGTERM, SIGHUP}) {
    Process process(Line({"readback", "-d", "emulator:mt6577", "-o", Out(std::to_string(signal)),
                          "--verbose", "--range", "EMMC_USER:0x0+0x8000000=part.bin"}));
    ASSERT_TRUE(process.ReadErrorUntil("part.bin: 20 %"));
    process.Signal(signal);
    EXPECT_EQ(process.Wait().exit_code, kExitCancelled);
  }
}

TEST_F(Command, BlockmapListsTheTableInThreeForms) {
  const ProcessResult table = Mtkrig({"blockmap", "-d", "emulator:mt6577"});
  ASSERT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("NAME"), HasSubstr("BOOTIMG"), HasSubstr("0x988000")));

  const ProcessResult json = Mtkrig({"blockmap", "-d", "emulator:mt6577", "--format", "json"});
  ASSERT_FALSE(Json(json).is_discarded()) << json.out;
  EXPECT_GT(Json(json)["partitions"].size(), 10U);

  const ProcessResult scatter =
      Mtkrig({"blockmap", "-d", "emulator:mt6577", "--format", "scatter"});
  Spill(directory_ / "made.txt", scatter.out);
  const ProcessResult check =
      Mtkrig({"scatter", "check", (directory_ / "made.txt").string(), "-d", "emulator:mt6577"});
  EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
  EXPECT_THAT(check.out, HasSubstr("agrees"));
}

TEST_F(Command, ScatterCheckTellsWhereFileAndPhoneDisagree) {
  std::string moved = kScatter;
  moved.replace(moved.find("0x1588000"), 9, "0x1589000");
  Spill(directory_ / "moved.txt", moved);
  const ProcessResult result =
      Mtkrig({"scatter", "check", (directory_ / "moved.txt").string(), "-d", "emulator:mt6577"});
  EXPECT_EQ(result.exit_code, kExitDifferent);
  EXPECT_THAT(result.out, HasSubstr("RECOVERY"));
}

TEST_F(Command, AScatterFileThatDisagreesIsUsedWithAWarning) {
  std::string moved = kScatter;
  moved.replace(moved.find("0x1588000"), 9, "0x1589000");
  Spill(directory_ / "moved.txt", moved);
  const ProcessResult result =
      Mtkrig({"readback", "-d", "emulator:mt6577", "-s", (directory_ / "moved.txt").string(), "-o",
              Out(), "recovery"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("warning: "));
  EXPECT_THAT(result.err, HasSubstr("does not look like a boot image"));
}

TEST_F(Command, ScatterShowExplainsTheTwoKindsOfAddress) {
  const ProcessResult result = Mtkrig({"scatter", "show", ScatterFile()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("BOOTIMG"), HasSubstr("0xf88000"), HasSubstr("0x988000"),
                                HasSubstr("linear")));
}

TEST_F(Command, IdentifyTellsChipModeAndStorage) {
  const ProcessResult result = Mtkrig({"identify", "-d", "emulator:mt6577"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("MT6577/MT8317"), HasSubstr("8b00"), HasSubstr("preloader"),
                    HasSubstr("EMMC_USER"), HasSubstr("not secured")));
}

TEST_F(Command, EmulatorsAreListedAndCanBeOpened) {
  const ProcessResult result = Mtkrig({"emulators", "--json"});
  ASSERT_EQ(result.exit_code, 0);
  const nlohmann::json emulators = Json(result)["results"]["emulators"];
  ASSERT_GE(emulators.size(), 13U);
  for (const nlohmann::json& emulator : emulators) {
    const std::string device = emulator["device"];
    const ProcessResult identified = Mtkrig({"identify", "--device", device});
    EXPECT_EQ(identified.exit_code, 0) << device << ": " << identified.err;
  }
}

TEST_F(Command, FilesThatAreMissingOrMalformed) {
  EXPECT_EQ(Mtkrig({"scatter", "show", "/nonexistent"}).exit_code,
            ExitCodeOf(ErrorCode::kNotFound));
  EXPECT_EQ(Mtkrig({"da", "list", "/nonexistent"}).exit_code, ExitCodeOf(ErrorCode::kNotFound));
  Spill(directory_ / "junk", "no partition in here\n");
  EXPECT_EQ(Mtkrig({"scatter", "show", (directory_ / "junk").string()}).exit_code,
            ExitCodeOf(ErrorCode::kInvalidInput));
  EXPECT_EQ(Mtkrig({"da", "list", (directory_ / "junk").string()}).exit_code,
            ExitCodeOf(ErrorCode::kInvalidInput));
  EXPECT_EQ(Mtkrig({"identify", "-d", "emulator:mt9999"}).exit_code,
            ExitCodeOf(ErrorCode::kNotFound));
}

TEST_F(Command, NothingToReadIsAUsageError) {
  const ProcessResult result = Mtkrig({"readback", "-d", "emulator:mt6577", "-o", Out()});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("--all"));
}

}  // namespace
}  // namespace mtkrig::harness
