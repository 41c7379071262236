// A phone in boot ROM mode, from the command line: its owner has the memory settings from the phone
// itself, by reading its preloader while it was in preloader mode.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "harness/exit_codes.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using protocol::ErrorCode;
using ::testing::AllOf;
using ::testing::HasSubstr;

class BromCommand : public Command {
 protected:
  std::string Device(std::string_view more = "") const {
    Spill(directory_ / "brom.yaml", "based_on: mt6580\nmode: brom\n" + std::string(more));
    return "emulator:" + (directory_ / "brom.yaml").string();
  }
  // Reads partitions of the shipped phone, which is in preloader mode.
  void ReadInPreloaderMode(const std::string& partition) const {
    const ProcessResult read =
        Mtkrig({"readback", "-d", "emulator:mt6580", "-o", Out(), partition});
    ASSERT_EQ(read.exit_code, 0) << read.err;
  }
  // The one file in a folder.
  static std::string OnlyImage(const std::string& folder, std::string_view beginning) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().filename().string().starts_with(beginning)) return entry.path().string();
    }
    return {};
  }
};

TEST_F(BromCommand, IsReadWithThePreloaderThatWasReadFromThePhone) {
  ReadInPreloaderMode("PRELOADER");
  ReadInPreloaderMode("BOOTIMG");
  const std::string preloader = OnlyImage(Out(), "preloader");
  ASSERT_NE(preloader, "");
  const std::string other = (directory_ / "other").string();
  const ProcessResult read = Mtkrig(
      {"readback", "-d", Device(), "--preloader", preloader, "-o", other, "BOOTIMG", "RECOVERY"});
  EXPECT_EQ(read.exit_code, 0) << read.err;
  EXPECT_EQ(Slurp(OnlyImage(other, "boot")), Slurp(OnlyImage(Out(), "boot")));
  const ProcessResult identify = Mtkrig({"identify", "-d", Device(), "--preloader", preloader});
  EXPECT_EQ(identify.exit_code, 0) << identify.err;
  EXPECT_THAT(identify.out, AllOf(HasSubstr("boot ROM"), HasSubstr("EMMC_USER")));
}

TEST_F(BromCommand, TellsThatThePreloaderIsNotThatOfThePhone) {
  ReadInPreloaderMode("PRELOADER");
  const std::string another_card = "storage: {emmc: {cid: 150100513832334d4202ee105a7c9301}}\n";
  const ProcessResult read =
      Mtkrig({"readback", "-d", Device(another_card), "--preloader", OnlyImage(Out(), "preloader"),
              "-o", (directory_ / "other").string(), "BOOTIMG"});
  EXPECT_EQ(read.exit_code, ExitCodeOf(ErrorCode::kDeviceRefused)) << read.err;
  EXPECT_THAT(read.err, AllOf(HasSubstr("DRAM"), HasSubstr("preloader")));
}

TEST_F(BromCommand, TellsWhoseSettingsWereRefusedAndHowTheRightOnesAreHad) {
  const ProcessResult other =
      Mtkrig({"readback", "-q", "-d", "emulator:mt6589", "-o", Out(), "PRELOADER"});
  ASSERT_EQ(other.exit_code, 0) << other.err;
  const ProcessResult refused =
      Mtkrig({"identify", "-d", Device(), "--preloader", OnlyImage(Out(), "preloader")});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("has the memory settings of preloader_mt6589.bin"),
                    HasSubstr("`mtkrig readback PRELOADER`"), HasSubstr("with no key held")));
  const ProcessResult none =
      Mtkrig({"readback", "-d", Device(), "-o", (directory_ / "none").string(), "BOOTIMG"});
  EXPECT_THAT(none.err, AllOf(HasSubstr("`mtkrig readback PRELOADER`"), HasSubstr("--preloader")));
}

// A phone with NAND has no CID, and tells its ME id in boot ROM mode alone.
class NandPhone : public BromCommand {
 protected:
  std::string InBrom(std::string_view more = "") const {
    Spill(directory_ / "nand.yaml", "based_on: mt6573\nmode: brom\n" + std::string(more));
    return "emulator:" + (directory_ / "nand.yaml").string();
  }
  ProcessResult Read(const std::string& device, std::vector<std::string> more) const {
    std::vector<std::string> line = {"readback", "-d", device, "-o", Out()};
    line.insert(line.end(), more.begin(), more.end());
    return Mtkrig(line);
  }
};

TEST_F(NandPhone, IsOnePhoneInBothModes) {
  const ProcessResult first = Read("emulator:mt6573", {"PRELOADER", "BOOTIMG"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const std::string preloader = OnlyImage(Out(), "preloader");
  const ProcessResult second = Read(InBrom(), {"--preloader", preloader, "RECOVERY"});
  EXPECT_EQ(second.exit_code, 0) << second.err;
  const ProcessResult kept =
      Read(InBrom(), {"--preloader", preloader, "BOOTIMG", "--resume", "--json"});
  ASSERT_EQ(kept.exit_code, 0) << kept.err;
  EXPECT_EQ(Json(kept)["results"]["files"][0]["outcome"], "kept");
  // Back in preloader mode, where the id is not told, it is not forgotten.
  EXPECT_EQ(Read("emulator:mt6573", {"LOGO"}).exit_code, 0);
  const ProcessResult another =
      Read(InBrom("identity: {me_id: 00112233445566778899aabbccddeeff}\n"),
           {"--preloader", preloader, "NVRAM"});
  EXPECT_EQ(another.exit_code, ExitCodeOf(ErrorCode::kExists)) << another.err;
  EXPECT_THAT(another.err, HasSubstr("holds images of another phone"));
}

}  // namespace
}  // namespace mtkrig::harness
