// Linear addresses without a scatter file, and scatter files of other chips.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <tuple>

#include "harness/exit_codes.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(Command, BlockmapShowsLinearAddressesOrSaysWhyNot) {
  struct Expected {
    const char* device;
    const char* basis;
    const char* boot;
    std::uint64_t linear;
  };
  for (const Expected& phone : {Expected{"emulator:mt6572", "preloader_size", "BOOTIMG", 0x2980000},
                                Expected{"emulator:mt6573", "same_as_offset", "BOOTIMG", 0},
                                Expected{"emulator:mt6577", "table", "BOOTIMG", 0xf88000},
                                Expected{"emulator:mt6582", "preloader_size", "BOOTIMG", 0x3180000},
                                Expected{"emulator:mt6592", "same_as_offset", "BOOTIMG", 0x1da0000},
                                Expected{"emulator:mt6580", "same_as_offset", "boot", 0}}) {
    const nlohmann::json map = Json(Mtkrig({"blockmap", "-d", phone.device, "-f", "json"}));
    ASSERT_FALSE(map.is_discarded()) << phone.device;
    EXPECT_EQ(map["linear"]["known"], true) << phone.device;
    EXPECT_EQ(map["linear"]["basis"], phone.basis) << phone.device;
    for (const nlohmann::json& partition : map["partitions"]) {
      EXPECT_TRUE(partition["linear_address"].is_number()) << phone.device << partition["name"];
      if (partition["name"] != phone.boot) continue;
      const std::uint64_t linear =
          phone.linear != 0 ? phone.linear : partition["offset"].get<std::uint64_t>();
      EXPECT_EQ(partition["linear_address"], linear) << phone.device;
    }
  }
}

// A phone whose only table is an MBR.
constexpr const char* kMbrPhone = R"(
based_on: mt6582
layout:
  user_starts_at: 0x1400000
  mbr:
    - {at: MBR, partitions: [PROTECT_F, ANDROID]}
  partitions:
    - {name: PRELOADER, at: 0x0, size: 0x40000}
    - {name: MBR, at: 0x1400000, size: 0x80000}
    - {name: PROTECT_F, at: 0x1d00000, size: 0xa00000}
    - {name: ANDROID, at: 0x2700000, size: 0x10000000}
)";

TEST_F(Command, WhatAPhoneDoesNotTellIsNoNumber) {
  Spill(directory_ / "mbr.yaml", kMbrPhone);
  const std::string device = "emulator:" + (directory_ / "mbr.yaml").string();
  const ProcessResult table = Mtkrig({"blockmap", "-d", device});
  ASSERT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out,
              AllOf(HasSubstr("unknown"), HasSubstr("LINEAR: linear addresses are not known")));
  const nlohmann::json map = Json(Mtkrig({"blockmap", "-d", device, "-f", "json"}));
  EXPECT_EQ(map["linear"]["known"], false);
  EXPECT_TRUE(map["linear"]["user_base"].is_null());
  EXPECT_TRUE(map["partitions"][1]["linear_address"].is_null());
  EXPECT_THAT(Mtkrig({"blockmap", "-d", device, "-f", "scatter"}).out,
              HasSubstr("# Made from the phone's own table. linear_start_addr equals"));
  const ProcessResult range =
      Mtkrig({"readback", "-d", device, "-o", Out(), "--range", "LINEAR:0x3180000+0x200=a.bin"});
  EXPECT_EQ(range.exit_code, kExitUsage);
  EXPECT_THAT(range.err, AllOf(HasSubstr("are not known"), HasSubstr("--scatter")));
}

TEST_F(Command, ALinearRangeNeedsNoScatterFileWhereThePhoneTells) {
  for (const auto& [device, linear, offset] :
       {std::tuple("emulator:mt6577", "0xf88000", "0x988000"),
        std::tuple("emulator:mt6582", "0x3180000", "0x1d80000"),
        std::tuple("emulator:mt6580", "0x1d20000", "0x1d20000")}) {
    const ProcessResult result =
        Mtkrig({"readback", "-d", device, "-o", Out(device), "--range",
                std::string("LINEAR:") + linear + "+0x1000=linear.bin", "--range",
                std::string("EMMC_USER:") + offset + "+0x1000=user.bin"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(Slurp(directory_ / "out" / device / "linear.bin"),
              Slurp(directory_ / "out" / device / "user.bin"));
  }
}

TEST_F(Command, ScatterCheckTellsThatTheChipIsAnother) {
  const std::string text =
      "- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: V1.1.1\n"
      "      platform: MT6592\n      storage: EMMC\n"
      "- partition_index: SYS0\n  partition_name: MBR\n"
      "  linear_start_addr: 0x600000\n  physical_start_addr: 0x0\n"
      "  partition_size: 0x4000\n  region: EMMC_USER\n"
      "  storage: HW_STORAGE_EMMC\n";
  Spill(directory_ / "scatter.txt", text);
  const std::vector<std::string> line = {
      "scatter", "check", (directory_ / "scatter.txt").string(), "-d", "emulator:mt6577", "--json"};
  const ProcessResult result = Mtkrig(line);
  EXPECT_EQ(result.exit_code, kExitDifferent);
  const nlohmann::json first = Json(result)["results"]["differences"][0];
  EXPECT_EQ(first["kind"], "chip");
  EXPECT_EQ(first["name"], "MT6592");
  EXPECT_EQ(first["line"], 4);
  EXPECT_THAT(first["text"].get<std::string>(), HasSubstr("MT6575, MT6577 or MT8317"));
  // Which the phone answers 6575 for, as all of them do.
  for (const char* platform : {"MT6575", "MT6577", "MT8317"}) {
    std::string same = text;
    same.replace(same.find("MT6592"), 6, platform);
    Spill(directory_ / "scatter.txt", same);
    const nlohmann::json answer = Json(Mtkrig(line));
    for (const nlohmann::json& difference : answer["results"]["differences"]) {
      EXPECT_NE(difference["kind"], "chip") << platform;
    }
  }
}

}  // namespace
}  // namespace mtkrig::harness
