// The YAML forms.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/layout/scatter.h"
#include "scatter_text.h"

namespace mtkrig::protocol {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(YamlScatter, Mt6592ListingOfTheField) {
  const ScatterFile file = Parse(
      Head("V1.1.2") + Entry(0, "PRELOADER", "0x0", "0x0", "0x40000", "EMMC_BOOT_1") +
      Entry(1, "MBR", "0x0", "0x0", "0x80000") +
      Entry(9, "BOOTIMG", "0x1DA0000", "0x1DA0000", "0xA00000", "EMMC_USER", "boot.img") +
      Entry(10, "RECOVERY", "0x27A0000", "0x27A0000", "0xA00000", "EMMC_USER", "recovery.img"));
  EXPECT_EQ(file.style, ScatterStyle::kYamlV1);
  EXPECT_EQ(file.config_version, "V1.1.2");
  EXPECT_EQ(file.platform, "MT6592");
  EXPECT_EQ(file.project, "demo");
  EXPECT_EQ(file.blocks[0].storage_type, "EMMC");
  EXPECT_EQ(file.blocks[0].boot_channel, "MSDC_0");
  EXPECT_EQ(file.blocks[0].block_size, 0x20000U);
  const Partition& boot = Get(file, "BOOTIMG");
  EXPECT_EQ(boot.offset, 0x1da0000U);
  EXPECT_EQ(boot.size, 0xa00000U);
  EXPECT_EQ(boot.file_name, "boot.img");
  EXPECT_TRUE(boot.is_download);
  EXPECT_EQ(boot.line, 34);
  EXPECT_EQ(Get(file, "RECOVERY").offset, 0x27a0000U);
  EXPECT_EQ(Get(file, "MBR").file_name, "");
  EXPECT_EQ(Get(file, "PRELOADER").region, FlashRegion::kEmmcBoot1);
  EXPECT_THAT(file.warnings, IsEmpty());
}

TEST(YamlScatter, UnfilledPhysicalAddressesGiveWayToLinearOnes) {
  const ScatterFile file =
      Parse(Head("V1.1.1") + Entry(0, "PRELOADER", "0x0", "0x0", "0xc00000", "EMMC_BOOT_1") +
            Entry(1, "MBR", "0xc00000", "0x0", "0x80000") +
            Entry(2, "BOOTIMG", "0x2980000", "0x0", "0x600000"));
  EXPECT_EQ(Get(file, "BOOTIMG").offset, 0x1d80000U);
  EXPECT_EQ(Get(file, "BOOTIMG").linear_address, 0x2980000U);
  EXPECT_THAT(file.warnings, Contains(Warning(24, "physical addresses of EMMC_USER are all 0x0")));
}

TEST(YamlScatter, PhysicalAddressesThatRepeatTheLinearOnesAreSeenThrough) {
  const ScatterFile file =
      Parse(Head("V1.1.1") + Entry(0, "PRELOADER", "0x0", "0x0", "0xC00000", "EMMC_BOOT_1") +
            Entry(1, "MBR", "0xC00000", "0xC00000", "0x80000") +
            Entry(2, "BOOTIMG", "0x2980000", "0x2980000", "0x600000"));
  EXPECT_EQ(Get(file, "BOOTIMG").offset, 0x1d80000U);
  EXPECT_THAT(file.warnings, Contains(Warning(24, "MBR stands at physical 0xc00000")));
}

TEST(YamlScatter, TruePhysicalAddressesAreBelieved) {
  const ScatterFile file =
      Parse(Head("V1.1.1") + Entry(0, "PRELOADER", "0x0", "0x0", "0x1400000", "EMMC_BOOT_1") +
            Entry(1, "MBR", "0x1400000", "0x0", "0x80000") +
            Entry(2, "BOOTIMG", "0x3180000", "0x1d80000", "0x1000000"));
  EXPECT_EQ(Get(file, "BOOTIMG").offset, 0x1d80000U);
  EXPECT_THAT(file.warnings, IsEmpty());
  EXPECT_EQ(*file.blocks[0].linear.Resolve(0x3180000),
            (FlashAddress{FlashRegion::kEmmcUser, 0x1d80000}));
}

TEST(YamlScatter, TailsInEveryForm) {
  const ScatterFile file = Parse(Head("V1.1.2") + Entry(0, "pgpt", "0x0", "0x0", "0x80000") +
                                 Entry(1, "flashinfo", "0xFFFF0084", "0xFFFF0084", "0x1000000") +
                                 Entry(2, "sgpt", "0xFFFF0004", "0xffff0004", "0x80000") +
                                 Entry(3, "BMTPOOL", "0xFFFF00a8", "0x0", "0x1500000") +
                                 Entry(4, "last", "0xFFFF0000", "0xFFFF0000", "0x8000"));
  EXPECT_TRUE(Get(file, "flashinfo").from_end);
  EXPECT_EQ(Get(file, "flashinfo").offset, 0x1080000U);
  EXPECT_EQ(Get(file, "flashinfo").size, 0x1000000U);
  EXPECT_EQ(Get(file, "sgpt").offset, 0x80000U);
  EXPECT_EQ(Get(file, "BMTPOOL").offset, 0x1500000U);
  EXPECT_EQ(Get(file, "last").offset, 0x8000U) << "low word 0: the size says how far";
}

TEST(YamlScatter, AHighAddressThatContinuesItsNeighbourIsNoTail) {
  const ScatterFile file = Parse(Head("V1.1.2") + Entry(0, "pgpt", "0x0", "0x0", "0x8000") +
                                 Entry(1, "big", "0x8000", "0x8000", "0xFFFE8000") +
                                 Entry(2, "next", "0xFFFF0000", "0xFFFF0000", "0x10000"));
  EXPECT_FALSE(Get(file, "next").from_end);
  EXPECT_EQ(Get(file, "next").offset, 0xffff0000U);
}

TEST(YamlScatter, NandWithoutRegionsAndPhysicalAddresses) {
  std::string text = Head("V1.1.1", "NAND") +
                     Entry(0, "PRELOADER", "0x0", "0x0", "0x80000", "NONE") +
                     Entry(1, "BOOTIMG", "0x680000", "0x0", "0x600000", "NONE") +
                     Entry(2, "USRDATA", "0xc80000", "0x0", "0x0", "NONE") +
                     Entry(3, "BMTPOOL", "0xFFFF0050", "0x0", "0xa00000", "NONE");
  const ScatterFile file = Parse(text);
  EXPECT_EQ(Get(file, "BOOTIMG").region, FlashRegion::kNand);
  EXPECT_EQ(Get(file, "BOOTIMG").offset, 0x680000U);
  EXPECT_EQ(Get(file, "USRDATA").size, std::nullopt);
  EXPECT_EQ(Get(file, "BMTPOOL").offset, 0xa00000U);
  EXPECT_THAT(file.warnings, Contains(Warning(34, "USRDATA has size 0: it reaches to the end")));
}

TEST(YamlScatter, NamelessPartitionIsKeptUnderItsIndex) {
  const ScatterFile file = Parse(Head("V1.1.1") + Entry(0, "MBR", "0x0", "0x0", "0x80000") +
                                 Entry(20, "", "0x80000", "0x80000", "0x1000"));
  EXPECT_EQ(Get(file, "SYS20").offset, 0x80000U);
  EXPECT_THAT(file.warnings, Contains(Warning(24, "called SYS20")));
}

TEST(YamlScatter, VendorTrailerIsToldAndTouchesNothing) {
  const ScatterFile file =
      Parse(Head("V1.1.2") + Entry(0, "boot", "0x8000", "0x8000", "0x1000") +
            "[huaqin]\ncheckSum = 0x15bf\npartition_size: 0x1\nregion: NAND\n");
  EXPECT_EQ(Get(file, "boot").size, 0x1000U);
  EXPECT_THAT(file.warnings, testing::ElementsAre(Warning(24, "[huaqin]")));
}

TEST(YamlScatter, SurvivesEditorsAndPeople) {
  const ScatterFile file = Parse(
      "\xef\xbb\xbf- general : MTK_PLATFORM_CFG\r\n\tinfo:\r\n\t- Config_Version:V1.1.2 # old\r\n"
      "\t  platform:   \"MT6580\"\r\n- partition_index: SYS0\r\n\tPartition_Name: 'boot'\r\n"
      "file_name :NONE\r\n      linear_start_addr: 0X0001D20000\r\n\tphysical_start_addr: "
      "1D20000\r\n  partition_size: 1000000\r\n region: emmc_user\r\n"
      "storage:EMMC\r\n");
  EXPECT_EQ(file.config_version, "V1.1.2");
  EXPECT_EQ(file.platform, "MT6580");
  const Partition& boot = Get(file, "boot");
  EXPECT_EQ(boot.offset, 0x1d20000U);
  EXPECT_EQ(boot.size, 0x1000000U);
  EXPECT_EQ(boot.file_name, "");
  EXPECT_THAT(file.warnings,
              testing::ElementsAre(Warning(10, "partition_size \"1000000\" has no 0x")));
}

TEST(YamlScatter, AMissingIndexLosesNoPartition) {
  const ScatterFile file = Parse(
      "- partition_index: SYS0\n  partition_name: lk\n  physical_start_addr: 0x0\n"
      "  partition_size: 0x1000\n  region: EMMC_USER\n  partition_name: boot\n"
      "  physical_start_addr: 0x1000\n  partition_size: 0x2000\n  region: EMMC_USER\n");
  EXPECT_EQ(Get(file, "lk").size, 0x1000U);
  EXPECT_EQ(Get(file, "boot").offset, 0x1000U);
  EXPECT_THAT(file.warnings, Contains(Warning(6, "\"boot\" has no partition_index")));
}

TEST(YamlScatter, DoubledIndicesAndKeysAreTold) {
  const ScatterFile file =
      Parse(Head("V1.1.2") + "- partition_index: SYS0\n" + Entry(1, "lk", "0x0", "0x0", "0x1000") +
            Entry(1, "boot", "0x1000", "0x1000", "0x1000") + "  region: NAND\n");
  EXPECT_EQ(file.blocks[0].partitions.size(), 2U);
  EXPECT_EQ(Get(file, "boot").region, FlashRegion::kEmmcUser);
  EXPECT_THAT(file.warnings, Contains(Warning(15, "follows an index without a partition")));
  EXPECT_THAT(file.warnings, Contains(Warning(25, "partition_index SYS1 is used twice")));
  EXPECT_THAT(file.warnings, Contains(Warning(35, "region is given twice")));
}

TEST(YamlScatter, MissingFieldsAreAssumedAndTold) {
  const ScatterFile file = Parse(
      "- general: MTK_PLATFORM_CFG\n  info:\n    - storage: EMMC\n"
      "- partition_index: SYS0\n  partition_name: PRELOADER\n  linear_start_addr: 0x0\n"
      "- partition_index: SYS1\n  partition_name: MBR\n  linear_start_addr: 0x600000\n"
      "- partition_index: SYS2\n  partition_name: BOOTIMG\n  linear_start_addr: 0xf88000\n"
      "- partition_index: SYS3\n  partition_name: LOST\n  linear_start_addr: pear\n");
  EXPECT_EQ(Get(file, "PRELOADER").region, FlashRegion::kEmmcBoot1);
  EXPECT_EQ(Get(file, "BOOTIMG").region, FlashRegion::kEmmcUser);
  EXPECT_EQ(Get(file, "BOOTIMG").offset, 0x988000U);
  EXPECT_EQ(Get(file, "MBR").size, 0x988000U);
  EXPECT_THAT(file.warnings, Contains(Warning(10, "BOOTIMG has no region: EMMC_USER is assumed")));
  EXPECT_THAT(file.warnings, Contains(Warning(15, "\"pear\" is no number")));
  EXPECT_THAT(file.warnings, Contains(Warning(13, "LOST has no address")));
  // Nobody gets an image of a place that was guessed.
  EXPECT_EQ(file.blocks[0].partitions.size(), 3U);
}

TEST(YamlScatter, AListGivenTwiceIsTakenOnce) {
  const std::string entries =
      Entry(0, "lk", "0x0", "0x0", "0x1000") + Entry(1, "boot", "0x1000", "0x1000", "0x1000");
  const ScatterFile file = Parse(Head("V1.1.2") + entries + entries);
  EXPECT_EQ(file.blocks[0].partitions.size(), 2U);
  EXPECT_THAT(file.warnings, Contains(Warning(34, "lk is listed again, as in line 14")));
}

TEST(YamlScatter, BareDigitsAreHexadecimalAsForTheVendorsToolAndTold) {
  const ScatterFile file = Parse(Head("V1.1.2") + Entry(0, "lk", "0", "0", "40000") +
                                 Entry(1, "boot", "0x40000", "00040000", "0x1000"));
  EXPECT_EQ(Get(file, "lk").size, 0x40000U);
  EXPECT_EQ(Get(file, "boot").offset, 0x40000U) << "padded as addresses are: no doubt";
  EXPECT_THAT(file.warnings, testing::ElementsAre(
                                 Warning(20,
                                         "partition_size \"40000\" has no 0x: read as "
                                         "hexadecimal 0x40000 (256 KiB), as MediaTek's flash "
                                         "tool does; in decimal it would be 0x9c40 (39.06 KiB)")));
}

TEST(YamlScatter, KeysThatAScriptSortedStayWithTheirPartition) {
  const ScatterFile file =
      Parse(Head("V1.1.2") +
            "- file_name: lk.bin\n  is_download: true\n  linear_start_addr: 0x0\n  "
            "partition_index: SYS0\n"
            "  partition_name: lk\n  partition_size: 0x1000\n  physical_start_addr: 0x0\n"
            "  region: EMMC_USER\n  storage: HW_STORAGE_EMMC\n"
            "- file_name: boot.img\n  is_download: true\n  linear_start_addr: 0x1000\n"
            "  partition_index: SYS1\n  partition_name: boot\n  partition_size: 0x2000\n"
            "  physical_start_addr: 0x1000\n  region: EMMC_USER\n  storage: HW_STORAGE_EMMC\n");
  EXPECT_EQ(Get(file, "lk").file_name, "lk.bin");
  EXPECT_EQ(Get(file, "lk").offset, 0U);
  EXPECT_EQ(Get(file, "lk").line, 14);
  EXPECT_EQ(Get(file, "boot").file_name, "boot.img");
  EXPECT_EQ(Get(file, "boot").offset, 0x1000U);
  EXPECT_EQ(Get(file, "boot").line, 23);
  EXPECT_THAT(file.warnings, IsEmpty());
}

TEST(YamlScatter, ADownloadFlagThatIsNoFlag) {
  std::string text = Head("V1.1.2") + Entry(0, "pgpt", "0x0", "0x0", "0x80000") +
                     Entry(1, "boot", "0x80000", "0x80000", "0x1000");
  const std::string_view no = "is_download: false";
  text.replace(text.rfind(no), no.size(), "is_download: maybe");
  EXPECT_THAT(Parse(text).warnings,
              ElementsAre(Warning(27,
                                  "is_download \"maybe\" is neither true nor false: taken as "
                                  "false")));
  for (const std::string_view flag : {"True", "FALSE", "1", "0"}) {
    std::string good = text;
    good.replace(good.find("maybe"), 5, flag);
    EXPECT_THAT(Parse(good).warnings, IsEmpty()) << flag;
    EXPECT_EQ(Get(Parse(good), "boot").is_download, flag == "True" || flag == "1");
  }
}

TEST(YamlScatter, RegionsOfOtherStorageThanTheList) {
  const auto list = [](std::string_view storage, std::string_view own, std::string_view other) {
    return Head("V1.1.2", storage) + Entry(0, "pgpt", "0x0", "0x0", "0x1000", own) +
           Entry(1, "a", "0x1000", "0x1000", "0x1000", own) +
           Entry(2, "b", "0x2000", "0x2000", "0x1000", other) +
           Entry(3, "c", "0x3000", "0x3000", "0x1000", other);
  };
  ScatterFile file = Parse(list("EMMC", "EMMC_USER", "UFS_LU2"));
  EXPECT_THAT(
      file.warnings,
      ElementsAre(Warning(34, "b and another one lie in UFS_LU2, but the list is for EMMC")));
  EXPECT_EQ(Get(file, "b").region, FlashRegion::kUfsLu2) << "what stands there is believed";
  file = Parse(list("UFS", "UFS_LU2", "EMMC_BOOT_1"));
  EXPECT_THAT(file.warnings,
              ElementsAre(Warning(34, "lie in EMMC_BOOT_1, but the list is for UFS")));
  EXPECT_THAT(Parse(list("EMMC", "EMMC_USER", "EMMC_GP_1")).warnings, IsEmpty());
}

constexpr std::string_view kV2 =
    "- general: MTK_PLATFORM_CFG\n  info: \n    - config_version: V2.1.0\n      platform: MT6771\n"
    "- storage_type: EMMC\n  description: \n  - general: MTK_STORAGE_CFG\n    info: \n"
    "      - storage: EMMC\n        boot_channel: MSDC_0\n        block_size: 0x20000\n\n"
    "  - partition_index: SYS0\n    partition_name: boot\n    physical_start_addr: 0x23700000\n"
    "    linear_start_addr: 0x23700000\n    partition_size: 0x2000000\n    region: EMMC_USER\n"
    "    storage: HW_STORAGE_EMMC\n  - partition_index: SYS1\n    partition_name: flashinfo\n"
    "    linear_start_addr: 0xFFFF0080\n    physical_start_addr: 0xFFFF0080\n"
    "    partition_size: 0x1000000\n    region: EMMC_USER\n    storage: HW_STORAGE_EMMC\n"
    "- storage_type: UFS\n  description: \n  - general: MTK_STORAGE_CFG\n    info: \n"
    "      - storage: UFS\n        boot_channel: UFSHCI_0\n        block_size: 0x80000\n"
    "  - partition_index: SYS0\n    partition_name: preloader\n    linear_start_addr: 0x0\n"
    "    physical_start_addr: 0x0\n    partition_size: 0x80000\n    region: UFS_LU0_LU1\n"
    "    storage: HW_STORAGE_UFS\n"
    "  - partition_index: SYS1\n    partition_name: flashinfo\n"
    "    linear_start_addr: 0xFFFF0020\n    physical_start_addr: 0xFFFF0020\n"
    "    partition_size: 0x1000000\n    region: UFS_LU2\n    storage: HW_STORAGE_UFS\n";

TEST(YamlScatterV2, HasABlockForEachStorage) {
  const ScatterFile file = Parse(kV2);
  EXPECT_EQ(file.style, ScatterStyle::kYamlV2);
  ASSERT_EQ(file.blocks.size(), 2U);
  EXPECT_EQ(file.blocks[1].boot_channel, "UFSHCI_0");
  EXPECT_EQ(Get(file, "boot", 0).offset, 0x23700000U);
  EXPECT_EQ(Get(file, "flashinfo", 0).offset, 0x1000000U);
  EXPECT_EQ(Get(file, "flashinfo", 1).offset, 0x1000000U) << "UFS counts in blocks of 512 KiB";
  EXPECT_EQ(Get(file, "preloader", 1).region, FlashRegion::kUfsLu0);
  EXPECT_THAT(file.warnings, IsEmpty());
}

TEST(YamlScatterV2, ThePhoneChoosesTheBlock) {
  const ScatterFile file = Parse(kV2);
  const StorageSizes ufs{{{FlashRegion::kUfsLu0, 4 << 20}, {FlashRegion::kUfsLu2, 1ULL << 36}}};
  const StorageSizes emmc{{{FlashRegion::kEmmcUser, 1ULL << 36}}};
  EXPECT_EQ(file.BlockFor(ufs).storage_type, "UFS");
  EXPECT_EQ(file.BlockFor(emmc).storage_type, "EMMC");
  EXPECT_EQ(file.BlockFor({}).storage_type, "EMMC");
  EXPECT_EQ(file.TableFor(ufs).Find("flashinfo")->region, FlashRegion::kUfsLu2);
}

}  // namespace
}  // namespace mtkrig::protocol
