#include "protocol/layout/partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mtkrig::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

PartitionTable TableOf(std::initializer_list<const char*> names) {
  PartitionTable table;
  for (const char* name : names) {
    Partition partition;
    partition.name = name;
    table.partitions.push_back(partition);
  }
  return table;
}

std::string Found(const PartitionTable& table, std::string_view name) {
  const Partition* partition = table.Find(name);
  return partition == nullptr ? "" : partition->name;
}

TEST(FlashRegion, EveryNameIsReadBack) {
  for (int i = 0; i <= static_cast<int>(FlashRegion::kUfsLu3); ++i) {
    const auto region = static_cast<FlashRegion>(i);
    EXPECT_EQ(FlashRegionFromName(FlashRegionName(region)), region) << FlashRegionName(region);
  }
}

TEST(FlashRegion, SpellingsOfScatterFilesAndPeople) {
  EXPECT_EQ(FlashRegionFromName("EMMC_BOOT1_BOOT2"), FlashRegion::kEmmcBoot1);
  EXPECT_EQ(FlashRegionFromName("EMMC_BOOT1"), FlashRegion::kEmmcBoot1);
  EXPECT_EQ(FlashRegionFromName("user"), FlashRegion::kEmmcUser);
  EXPECT_EQ(FlashRegionFromName("Boot2"), FlashRegion::kEmmcBoot2);
  EXPECT_EQ(FlashRegionFromName("UFS_LU0_LU1"), FlashRegion::kUfsLu0);
  EXPECT_EQ(FlashRegionFromName("lu2"), FlashRegion::kUfsLu2);
  EXPECT_EQ(FlashRegionFromName("HW_STORAGE_NAND"), FlashRegion::kNand);
  EXPECT_EQ(FlashRegionFromName("gp4"), FlashRegion::kEmmcGp4);
  EXPECT_EQ(FlashRegionFromName("boot3"), std::nullopt);
  EXPECT_EQ(FlashRegionFromName(""), std::nullopt);
}

TEST(Find, ExactMatchWinsOverAliases) {
  const PartitionTable table = TableOf({"BOOTIMG", "boot", "para", "misc"});
  EXPECT_EQ(Found(table, "boot"), "boot");
  EXPECT_EQ(Found(table, "BOOTIMG"), "BOOTIMG");
  EXPECT_EQ(Found(table, "misc"), "misc");
}

TEST(Find, IgnoresCasePrefixAndExtension) {
  const PartitionTable table = TableOf({"BOOTIMG", "RECOVERY", "__NODL_NVRAM"});
  EXPECT_EQ(Found(table, "recovery"), "RECOVERY");
  EXPECT_EQ(Found(table, "recovery.img"), "RECOVERY");
  EXPECT_EQ(Found(table, "nvram"), "__NODL_NVRAM");
  EXPECT_EQ(Found(table, "  RECOVERY "), "RECOVERY");
}

TEST(Find, KnowsTheAliasesOfTheField) {
  const PartitionTable old_names =
      TableOf({"BOOTIMG", "ANDROID", "USRDATA", "UBOOT", "SEC_RO", "PRO_INFO", "PROTECT_F"});
  EXPECT_EQ(Found(old_names, "boot"), "BOOTIMG");
  EXPECT_EQ(Found(old_names, "boot.img"), "BOOTIMG");
  EXPECT_EQ(Found(old_names, "system"), "ANDROID");
  EXPECT_EQ(Found(old_names, "userdata"), "USRDATA");
  EXPECT_EQ(Found(old_names, "lk"), "UBOOT");
  EXPECT_EQ(Found(old_names, "secro"), "SEC_RO");
  EXPECT_EQ(Found(old_names, "proinfo"), "PRO_INFO");
  EXPECT_EQ(Found(old_names, "protect1"), "PROTECT_F");
  EXPECT_EQ(Found(TableOf({"boot"}), "BOOTIMG"), "boot");
}

TEST(Find, NothingForUnknownAndEmptyNames) {
  const PartitionTable table = TableOf({"BOOTIMG", ""});
  EXPECT_EQ(table.Find("modem"), nullptr);
  EXPECT_EQ(table.Find(""), nullptr);
  EXPECT_EQ(table.Find("  "), nullptr);
  EXPECT_EQ(PartitionTable{}.Find("boot"), nullptr);
}

TEST(SuggestNames, BestFirst) {
  const PartitionTable table = TableOf({"SECCFG", "RECOVERY", "SEC_RO", "LOGO"});
  EXPECT_THAT(SuggestNames(table, "RECVOERY"), ElementsAre("RECOVERY"));
  EXPECT_THAT(SuggestNames(table, "logo1"), ElementsAre("LOGO"));
  EXPECT_THAT(SuggestNames(table, "sec"), ElementsAre("SECCFG", "SEC_RO"));
  EXPECT_THAT(SuggestNames(table, "zzzzzz"), IsEmpty());
}

TEST(SuggestNames, SlotsOfAName) {
  EXPECT_THAT(SuggestNames(TableOf({"boot_a", "boot_b", "lk"}), "boot"),
              ElementsAre("boot_a", "boot_b"));
}

TEST(SuggestNames, AMisspeltAliasLeadsToThePartition) {
  const PartitionTable old_names = TableOf({"MBR", "BOOTIMG", "ANDROID", "USRDATA"});
  EXPECT_THAT(SuggestNames(old_names, "boott"), ElementsAre("BOOTIMG"));
  EXPECT_THAT(SuggestNames(old_names, "sytem"), ElementsAre("ANDROID"));
  EXPECT_THAT(SuggestNames(TableOf({"UBOOT", "BOOTIMG"}), "boott"),
              ElementsAre("BOOTIMG", "UBOOT"));
  EXPECT_THAT(SuggestNames(TableOf({"lk", "boot", "logo"}), "boott"), ElementsAre("boot"));
  EXPECT_THAT(SuggestNames(TableOf({"boot_b", "BOOTIMG"}), "bootimgg"), ElementsAre("BOOTIMG"));
}

TEST(SuggestNames, AtMostThreeAndBounded) {
  const PartitionTable table = TableOf({"md1img", "md2img", "md3img", "md4img"});
  EXPECT_EQ(SuggestNames(table, "mdimg").size(), 3U);
  EXPECT_THAT(SuggestNames(table, std::string(1 << 20, 'x')), IsEmpty());
}

TEST(StorageSizes, AbsentRegionsHaveSizeZero) {
  const StorageSizes sizes{{{FlashRegion::kEmmcUser, 4096}}};
  EXPECT_EQ(sizes.SizeOf(FlashRegion::kEmmcUser), 4096U);
  EXPECT_EQ(sizes.SizeOf(FlashRegion::kNand), 0U);
}

}  // namespace
}  // namespace mtkrig::protocol
