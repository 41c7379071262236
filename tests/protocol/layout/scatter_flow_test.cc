// YAML in flow style, and JSON.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/layout/scatter.h"
#include "scatter_text.h"

namespace mtkrig::protocol {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

constexpr std::string_view kGeneral =
    "- {general: MTK_PLATFORM_CFG, info: [{config_version: V1.1.2, platform: MT6580,\n"
    "    project: demo, storage: EMMC, boot_channel: MSDC_0, block_size: 0x20000}]}\n";
constexpr std::string_view kPreloader =
    "- {partition_index: SYS0, partition_name: preloader, file_name: preloader.bin,\n"
    "   is_download: true, linear_start_addr: 0x0, physical_start_addr: 0x0,\n"
    "   partition_size: 0x40000, region: EMMC_BOOT_1, storage: HW_STORAGE_EMMC}\n";
constexpr std::string_view kBoot =
    "- {\"partition_index\": \"SYS1\", \"partition_name\": \"boot\", 'file_name': 'boot.img', "
    "\"is_download\": true, \"linear_start_addr\": \"0x1d20000\", \"physical_start_addr\": "
    "0x1d20000, partition_size: 0x1000000, region: EMMC_USER, storage: HW_STORAGE_EMMC}\n";

void ExpectBoth(const ScatterFile& file) {
  ASSERT_EQ(file.blocks.at(0).partitions.size(), 2U);
  EXPECT_EQ(Get(file, "preloader").region, FlashRegion::kEmmcBoot1);
  EXPECT_EQ(Get(file, "preloader").size, 0x40000U);
  const Partition& boot = Get(file, "boot");
  EXPECT_EQ(boot.offset, 0x1d20000U);
  EXPECT_EQ(boot.size, 0x1000000U);
  EXPECT_EQ(boot.file_name, "boot.img");
  EXPECT_TRUE(boot.is_download);
}

TEST(FlowStyle, EntriesInBraces) {
  const ScatterFile file =
      Parse(std::string(kGeneral) + std::string(kPreloader) + std::string(kBoot));
  ExpectBoth(file);
  EXPECT_EQ(file.style, ScatterStyle::kYamlV1);
  EXPECT_EQ(file.config_version, "V1.1.2");
  EXPECT_EQ(file.platform, "MT6580");
  EXPECT_EQ(file.project, "demo");
  EXPECT_EQ(file.blocks[0].boot_channel, "MSDC_0");
  EXPECT_EQ(Get(file, "preloader").line, 3);
  EXPECT_EQ(Get(file, "boot").line, 6);
  EXPECT_THAT(file.warnings, IsEmpty());
}

TEST(FlowStyle, BesideBlockStyle) {
  const ScatterFile file =
      Parse(Head("V1.1.2") + std::string(kPreloader) +
            Entry(1, "boot", "0x1d20000", "0x1d20000", "0x1000000", "EMMC_USER", "boot.img") +
            "[huaqin]\ncheckSum = 0x15bf\n");
  ExpectBoth(file);
  EXPECT_THAT(file.warnings, testing::ElementsAre(Warning(27, "[huaqin]")));
}

TEST(FlowStyle, QuotedKeysInBlockStyle) {
  const ScatterFile file = Parse(
      Head("V1.1.2") + std::string(kPreloader) +
      "- \"partition_index\": \"SYS1\"\n  \"partition_name\": 'boot'\n  'file_name': boot.img\n"
      "  \"is_download\": \"true\"\n  \"linear_start_addr\": \"0x1d20000\"\n"
      "  \"physical_start_addr\": \"0x1d20000\"\n  \"partition_size\": \"0x1000000\"\n"
      "  \"region\": \"EMMC_USER\"\n  \"storage\": \"HW_STORAGE_EMMC\"\n");
  ExpectBoth(file);
  EXPECT_THAT(file.warnings, IsEmpty());
}

// As a script writes it that reads the file and dumps it, keys sorted.
constexpr std::string_view kJson = R"([
  {"general": "MTK_PLATFORM_CFG",
   "info": [
     {"config_version": "V1.1.2", "platform": "MT6580", "storage": "EMMC"}
   ]},
  {
    "file_name": "preloader.bin",
    "is_download": true,
    "linear_start_addr": "0x0",
    "partition_index": "SYS0",
    "partition_name": "preloader",
    "partition_size": "0x40000",
    "physical_start_addr": "0x0",
    "region": "EMMC_BOOT_1",
    "storage": "HW_STORAGE_EMMC"
  },
  {
    "file_name": "boot.img",
    "is_download": true,
    "linear_start_addr": "0x1d20000",
    "partition_index": "SYS1",
    "partition_name": "boot",
    "partition_size": "0x1000000",
    "physical_start_addr": "0x1d20000",
    "region": "EMMC_USER",
    "storage": "HW_STORAGE_EMMC"
  }
])";

TEST(FlowStyle, Json) {
  const ScatterFile file = Parse(kJson);
  ExpectBoth(file);
  EXPECT_EQ(file.platform, "MT6580");
  EXPECT_EQ(Get(file, "preloader").line, 7);
  EXPECT_EQ(Get(file, "boot").line, 18);
  EXPECT_THAT(file.warnings, IsEmpty());
}

TEST(FlowStyle, AMissingBraceIsToldAndCostsNoEntry) {
  std::string text = std::string(kGeneral) + std::string(kPreloader) + std::string(kBoot);
  text.erase(text.find("HW_STORAGE_EMMC}") + 15, 1);
  const ScatterFile file = Parse(text);
  ExpectBoth(file);
  EXPECT_THAT(file.warnings,
              testing::ElementsAre(Warning(3, "a bracket that is opened here is not closed")));
}

TEST(FlowStyle, AMissingBraceInJsonIsToldAndCostsNoEntry) {
  std::string text(kJson);
  text.erase(text.find("  },\n"), 5);
  const ScatterFile file = Parse(text);
  ExpectBoth(file);
  EXPECT_THAT(file.warnings, Contains(Warning(1, "not closed")));
}

TEST(FlowStyle, ABraceTooManyCostsNoEntry) {
  const ScatterFile file =
      Parse(std::string(kGeneral) + std::string(kPreloader).insert(kPreloader.size() - 1, "}") +
            std::string(kBoot));
  ExpectBoth(file);
  EXPECT_THAT(file.warnings, Contains(Warning(5, "\"}\"")));
}

TEST(FlowStyle, AMissingCommaAtTheEndOfALineCostsNothing) {
  std::string text = std::string(kGeneral) + std::string(kPreloader) + std::string(kBoot);
  text.erase(text.find("preloader.bin,") + 13, 1);
  ExpectBoth(Parse(text));
}

TEST(FlowStyle, NoiseIsReadInBoundedTimeAndSpace) {
  std::string text = "- partition_index: SYS0\n";
  for (int i = 0; i < 16'000; ++i) text += "{}";
  text += "\n{," + std::string(60'000, ' ') + "\n";
  for (int i = 0; i < 30'000; ++i) text += "{[\n";
  for (int i = 0; i < 100'000; ++i) text += "a:\n";
  EXPECT_FALSE(ParseScatter(text, "noise.txt").has_value());
}

TEST(FlowStyle, MarksInQuotesAreText) {
  std::string text = std::string(kGeneral) + std::string(kPreloader) + std::string(kBoot);
  text.replace(text.find("'boot.img'"), 10, "\"{boot}, v1.img\"");
  EXPECT_EQ(Get(Parse(text), "boot").file_name, "{boot}, v1.img");
}

}  // namespace
}  // namespace mtkrig::protocol
