// What a YAML or XML scatter file leaves out, and what is said about it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/layout/scatter.h"
#include "scatter_text.h"

namespace mtkrig::protocol {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// An eMMC file of three partitions, with the user area at linear 0xc00000.
std::string Three() {
  return Head("V1.1.1") + Entry(0, "PRELOADER", "0x0", "0x0", "0xc00000", "EMMC_BOOT_1") +
         Entry(1, "MBR", "0xc00000", "0x0", "0x80000") +
         Entry(2, "BOOTIMG", "0xc80000", "0x80000", "0x600000") +
         Entry(3, "RECOVERY", "0x1280000", "0x680000", "0x600000");
}

// Takes the line that begins with the key out of BOOTIMG's entry, which begins in line 34.
std::string Without(std::string_view key) {
  std::string text = Three();
  const std::size_t entry = text.find("- partition_index: SYS2");
  const std::size_t at = text.find(fmt::format("  {}:", key), entry);
  return text.erase(at, text.find('\n', at) + 1 - at);
}

TEST(MissingFields, AFullFileIsNotComplainedAbout) {
  EXPECT_THAT(Parse(Three()).warnings, IsEmpty());
}

TEST(MissingFields, Size) {
  const ScatterFile file = Parse(Without("partition_size"));
  EXPECT_EQ(Get(file, "BOOTIMG").size, 0x600000U);
  EXPECT_THAT(file.warnings,
              ElementsAre(Warning(34,
                                  "BOOTIMG has no partition_size: 0x600000 (6 MiB), up to the next "
                                  "partition, are assumed")));
}

TEST(MissingFields, SizeOfTheLastPartition) {
  std::string text = Three();
  text.erase(text.rfind("  partition_size"), std::string("  partition_size: 0x600000\n").size());
  EXPECT_THAT(Parse(text).warnings,
              ElementsAre(Warning(44,
                                  "RECOVERY has no partition_size: it is taken to reach to the "
                                  "end of EMMC_USER")));
}

TEST(MissingFields, LinearAddress) {
  const ScatterFile file = Parse(Without("linear_start_addr"));
  EXPECT_EQ(Get(file, "BOOTIMG").offset, 0x80000U);
  EXPECT_THAT(file.warnings,
              ElementsAre(Warning(34,
                                  "BOOTIMG has no linear_start_addr: its physical_start_addr "
                                  "places it, at offset 0x80000 of EMMC_USER")));
}

TEST(MissingFields, PhysicalAddress) {
  const ScatterFile file = Parse(Without("physical_start_addr"));
  EXPECT_EQ(Get(file, "BOOTIMG").offset, 0x80000U);
  EXPECT_THAT(file.warnings,
              ElementsAre(Warning(34,
                                  "BOOTIMG has no physical_start_addr: its linear_start_addr "
                                  "places it, at offset 0x80000 of EMMC_USER")));
}

TEST(MissingFields, PhysicalAddressInAFileWithoutMbr) {
  const ScatterFile file =
      Parse(Head("V1.1.1") + Entry(0, "EBR1", "0xc80000", "0x80000", "0x80000") +
            "- partition_index: SYS1\n  partition_name: BOOTIMG\n"
            "  linear_start_addr: 0xd00000\n  partition_size: 0x1000\n"
            "  region: EMMC_USER\n  storage: HW_STORAGE_EMMC\n");
  EXPECT_EQ(Get(file, "BOOTIMG").offset, 0x100000U) << "as far from linear as its neighbour";
}

TEST(MissingFields, ALinearAddressWithoutWhichNobodyKnowsThePlace) {
  // The physical addresses of early generators are all 0, and say nothing.
  const ScatterFile file =
      Parse(Head("V1.1.1") + Entry(1, "MBR", "0xc00000", "0x0", "0x80000") +
            "- partition_index: SYS2\n  partition_name: BOOTIMG\n  physical_start_addr: 0x0\n"
            "  partition_size: 0x1000\n  region: EMMC_USER\n  storage: HW_STORAGE_EMMC\n" +
            Entry(3, "RECOVERY", "0x1280000", "0x0", "0x600000"));
  EXPECT_EQ(file.blocks[0].partitions.size(), 2U);
  EXPECT_EQ(Get(file, "RECOVERY").offset, 0x680000U);
  EXPECT_EQ(Get(file, "RECOVERY").line, 30);
  EXPECT_THAT(file.warnings,
              Contains(Warning(24,
                               "BOOTIMG has no linear_start_addr, and the physical addresses of "
                               "EMMC_USER are not filled in: it is left out")));
}

TEST(MissingFields, BothAddresses) {
  std::string text = Without("linear_start_addr");
  const std::size_t at = text.find("  physical_start_addr: 0x80000\n");
  text.erase(at, std::string("  physical_start_addr: 0x80000\n").size());
  const ScatterFile file = Parse(text);
  EXPECT_EQ(file.blocks[0].partitions.size(), 3U);
  EXPECT_THAT(file.warnings,
              ElementsAre(Warning(34,
                                  "BOOTIMG has no address and cannot be placed: it is left "
                                  "out")));
}

TEST(MissingFields, Storage) {
  EXPECT_THAT(Parse(Without("storage")).warnings,
              ElementsAre(Warning(34, "BOOTIMG has no storage: EMMC is assumed")));
}

TEST(MissingFields, AnUnreadableFieldIsToldApartFromAMissingOne) {
  std::string text = Three();
  text.replace(text.rfind("0x600000"), 8, "large");
  EXPECT_THAT(Parse(text).warnings,
              ElementsAre(Warning(44, "RECOVERY has no usable partition_size"),
                          Warning(50, "\"large\" is no number")));
}

TEST(MissingFields, GeneralSection) {
  const std::string entries = Three().substr(Head("V1.1.1").size());
  EXPECT_THAT(Parse(entries, "MT6582_Android_scatter.txt").warnings,
              ElementsAre(Warning(1,
                                  "there is no general section before this: platform MT6582 is "
                                  "taken from the file's name, storage EMMC and block_size 0x20000 "
                                  "are assumed")));
  EXPECT_THAT(Parse(entries).warnings, ElementsAre(Warning(1, "the platform stays unknown")));
}

TEST(MissingFields, GeneralSectionOfAStorageBlock) {
  const ScatterFile file = Parse(
      "- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: V2.1.0\n"
      "      platform: MT6771\n- storage_type: UFS\n  description:\n" +
      Entry(0, "boot", "0x0", "0x0", "0x1000", "UFS_LU2"));
  EXPECT_THAT(file.warnings,
              ElementsAre(Warning(5,
                                  "storage block UFS has no general section: block_size 0x80000 "
                                  "is assumed")));
}

TEST(MissingFields, XmlIsHeldToTheSame) {
  const ScatterFile file = Parse(
      "<root>\n<storage_type name=\"EMMC\">\n<partition_index name=\"SYS0\">\n"
      "<partition_name>boot</partition_name>\n"
      "<physical_start_addr>0x8000</physical_start_addr>\n<region>EMMC_USER</region>\n"
      "</partition_index>\n</storage_type>\n</root>\n");
  EXPECT_EQ(Get(file, "boot").offset, 0x8000U);
  EXPECT_THAT(file.warnings,
              testing::UnorderedElementsAre(Warning(2, "no general section before this"),
                                            Warning(2, "storage block EMMC has no general section"),
                                            Warning(3, "boot has no partition_size"),
                                            Warning(3, "boot has no linear_start_addr"),
                                            Warning(3, "boot has no storage")));
}

}  // namespace
}  // namespace mtkrig::protocol
