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

}  // namespace
}  // namespace mtkrig::harness
