#include "emulator/profile/scatter_reader.h"

#include <gmock/gmock.h>

namespace mtkrig::emulator {
namespace {

Layout Read(std::string_view text) {
  auto layout = ReadScatter(text, "scatter.txt");
  EXPECT_TRUE(layout.has_value()) << layout.error().Describe();
  return std::move(*layout);
}

TEST(ReadScatter, OldTextWithALinearSpace) {
  const Layout layout = Read(
      "PRELOADER 0x0\r\n{\r\n}\r\nDSP_BL 0x40000\r\n{\r\n}\r\nMBR 0x600000\r\n{\r\n}\r\n"
      "__NODL_NVRAM 0xa08000\r\n{\r\n}\r\nBOOTIMG 0xF88000\r\n{\r\n}\r\n"
      "__NODL_BMTPOOL 0xFFFF00a8\r\n{\r\n}\r\n");
  EXPECT_EQ(layout.user_starts_at, 0x600000U);
  EXPECT_EQ(layout.reserved_tail, 0x1500000U);
  EXPECT_EQ(layout.main_area, StorageArea::kEmmcUser);
  ASSERT_EQ(layout.partitions.size(), 5U);
  EXPECT_EQ(layout.Find("DSP_BL")->area, StorageArea::kEmmcBoot1);
  EXPECT_EQ(layout.Find("DSP_BL")->offset, 0x40000U);
  EXPECT_EQ(layout.Find("NVRAM")->offset, 0x408000U);
  EXPECT_EQ(layout.Find("bootimg")->offset, 0x988000U);
  EXPECT_EQ(layout.Find("BOOTIMG")->linear_address, 0xf88000U);
}

TEST(ReadScatter, OldTextOfNand) {
  const Layout layout = Read(
      "PRELOADER 0x0\n{\n}\nDSP_BL 0x40000\n{\n}\nBOOTIMG 0x480000\n{\n}\n"
      "__NODL_BMTPOOL 0xFFFF0050\n{\n}\n");
  EXPECT_EQ(layout.main_area, StorageArea::kNand);
  EXPECT_EQ(layout.Find("PRELOADER")->area, StorageArea::kNand);
  EXPECT_EQ(layout.Find("BOOTIMG")->offset, 0x480000U);
  EXPECT_EQ(layout.reserved_tail, 0xa00000U);
}

TEST(ReadScatter, OtaFormPutsThePreloaderApart) {
  const Layout layout = Read("PRELOADER 0x40000\nMBR 0x0\nBOOTIMG 0x1d80000\n");
  EXPECT_EQ(layout.Find("PRELOADER")->area, StorageArea::kEmmcBoot1);
  EXPECT_EQ(layout.Find("PRELOADER")->offset, 0U);
  EXPECT_EQ(layout.Find("MBR")->offset, 0U);
  EXPECT_EQ(layout.Find("BOOTIMG")->offset, 0x1d80000U);
}

constexpr std::string_view kListing =
    "\xef\xbb\xbf# a comment\n"
    "- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: V1.1.1\n      platform: MT6572\n"
    "- partition_index: SYS0\n  partition_name: PRELOADER\n  linear_start_addr: 0x0\n"
    "  physical_start_addr: 0x0\n  partition_size: 0x40000\n  region: EMMC_BOOT_1\n"
    "- partition_index: SYS1\n  partition_name: MBR\n  linear_start_addr: 0xc00000\n"
    "  physical_start_addr: 0x0\n  partition_size: 0x80000\n  region: EMMC_USER\n"
    "- partition_index: SYS2\n  partition_name: BOOTIMG\n  linear_start_addr: 0x2980000\n"
    "  physical_start_addr: PHYSICAL\n  partition_size: 0x600000\n  region: EMMC_USER\n"
    "- partition_index: SYS3\n  partition_name: BMTPOOL\n  linear_start_addr: 0xFFFF00a8\n"
    "  physical_start_addr: 0xFFFF00a8\n  partition_size: 0x1500000\n  region: EMMC_USER\n"
    "[vendor]\ncheckSum = 0x15bf\n";

std::string Listing(std::string_view physical) {
  std::string text(kListing);
  return text.replace(text.find("PHYSICAL"), 8, physical);
}

TEST(ReadScatter, ListingWithPhysicalAddresses) {
  const Layout layout = Read(Listing("0x1d80000"));
  ASSERT_EQ(layout.partitions.size(), 3U);
  EXPECT_EQ(layout.Find("PRELOADER")->area, StorageArea::kEmmcBoot1);
  EXPECT_EQ(layout.Find("BOOTIMG")->offset, 0x1d80000U);
  EXPECT_EQ(layout.Find("BOOTIMG")->linear_address, 0x2980000U);
  EXPECT_EQ(layout.Find("BOOTIMG")->size, 0x600000U);
  EXPECT_EQ(layout.reserved_tail, 0x1500000U);
}

TEST(ReadScatter, ListingWhosePhysicalAddressesAreAllZero) {
  EXPECT_EQ(Read(Listing("0x0")).Find("BOOTIMG")->offset, 0x1d80000U);
}

TEST(ReadScatter, NamesTheLineOfABadNumber) {
  const auto layout = ReadScatter(Listing("oops"), "scatter.txt");
  ASSERT_FALSE(layout.has_value());
  EXPECT_EQ(layout.error().message(),
            "scatter.txt:21: physical_start_addr is 'oops', not a number such as 0x1000");
}

TEST(ReadScatter, RefusesATextWithoutPartitions) {
  for (const char* text : {"", "hello world\n", "{\n}\n", "\n\n\n"}) {
    EXPECT_FALSE(ReadScatter(text, "scatter.txt").has_value()) << text;
  }
}

}  // namespace
}  // namespace mtkrig::emulator
