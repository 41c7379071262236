// Old text and OTA files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/layout/scatter.h"

namespace mtkrig::protocol {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

ScatterFile Parse(std::string_view text, std::string_view file_name = "scatter.txt") {
  auto file = ParseScatter(text, file_name);
  EXPECT_TRUE(file.has_value()) << file.error().Describe();
  return file ? *std::move(file) : ScatterFile{};
}

const Partition& Get(const ScatterFile& file, std::string_view name) {
  static const Partition kNone;
  for (const Partition& partition : file.blocks.at(0).partitions) {
    if (partition.name == name) return partition;
  }
  ADD_FAILURE() << "no partition " << name;
  return kNone;
}

// The layout of MT6577 phones with eMMC, known from the field.
constexpr std::string_view kMt6577 =
    "PRELOADER 0x0\n{\n}\nDSP_BL 0x40000\n{\n}\nMBR 0x600000\n{\n}\nEBR1 0x604000\n{\n}\n"
    "__NODL_PMT 0x608000\n{\n}\nUBOOT 0xf28000\n{\n}\nBOOTIMG 0xf88000\n{\n}\n"
    "RECOVERY 0x1588000\n{\n}\nSEC_RO 0x1b88000\n{\n}\nUSRDATA 0x428e8000\n{\n}\n"
    "__NODL_BMTPOOL 0xFFFF00a8\n{\n}\n\n\n";

TEST(PlainScatter, Mt6577UserAreaCountsFromMbr) {
  const ScatterFile file = Parse(kMt6577, "MT6577_Android_scatter_emmc.txt");
  EXPECT_EQ(file.style, ScatterStyle::kPlain);
  EXPECT_EQ(file.platform, "MT6577");
  EXPECT_THAT(file.warnings, IsEmpty());
  const Partition& boot = Get(file, "BOOTIMG");
  EXPECT_EQ(boot.region, FlashRegion::kEmmcUser);
  EXPECT_EQ(boot.offset, 0x988000U);
  EXPECT_EQ(boot.linear_address, 0xf88000U);
  EXPECT_EQ(boot.size, 0x600000U);
  EXPECT_EQ(boot.line, 19);
  const Partition& recovery = Get(file, "RECOVERY");
  EXPECT_EQ(recovery.offset, 0xf88000U);
  EXPECT_EQ(recovery.size, 0x600000U);
  EXPECT_EQ(Get(file, "MBR").offset, 0U);
}

TEST(PlainScatter, BootLoadersStandInTheBootArea) {
  const ScatterFile file = Parse(kMt6577);
  EXPECT_EQ(Get(file, "PRELOADER").region, FlashRegion::kEmmcBoot1);
  EXPECT_EQ(Get(file, "PRELOADER").size, 0x40000U);
  const Partition& dsp = Get(file, "DSP_BL");
  EXPECT_EQ(dsp.region, FlashRegion::kEmmcBoot1);
  EXPECT_EQ(dsp.offset, 0x40000U);
  EXPECT_EQ(dsp.size, std::nullopt) << "ends with the boot area, whose size the file does not say";
}

TEST(PlainScatter, TailsCountBlocksFromTheEnd) {
  const ScatterFile file = Parse(kMt6577);
  const Partition& pool = Get(file, "BMTPOOL");
  EXPECT_TRUE(pool.from_end);
  EXPECT_EQ(pool.offset, 0x1500000U);
  EXPECT_EQ(Get(file, "USRDATA").size, std::nullopt);
}

TEST(PlainScatter, HiddenPrefixIsCutAndMeansNoDownload) {
  const ScatterFile file = Parse(kMt6577);
  EXPECT_FALSE(Get(file, "PMT").is_download);
  EXPECT_TRUE(Get(file, "BOOTIMG").is_download);
}

TEST(PlainScatter, NandHasOneAddressSpace) {
  const ScatterFile file = Parse(
      "PRELOADER 0x0\n{\n}\nDSP_BL 0x40000\n{\n}\nBOOTIMG 0x480000\n{\n}\nRECOVERY "
      "0x980000\n{\n}\n");
  EXPECT_EQ(file.blocks[0].storage_type, "NAND");
  EXPECT_EQ(Get(file, "PRELOADER").region, FlashRegion::kNand);
  EXPECT_EQ(Get(file, "BOOTIMG").offset, 0x480000U);
  EXPECT_EQ(Get(file, "BOOTIMG").size, 0x500000U);
  EXPECT_EQ(Get(file, "DSP_BL").size, 0x440000U);
}

TEST(PlainScatter, SurvivesEditorsAndPeople) {
  const ScatterFile file = Parse(
      "\xef\xbb\xbf# my phone\r\nPRELOADER\t0X0\r\n{\r\n}\r\nMBR 0x600000 { }\r\n\r\n"
      "  BOOTIMG   0X0000F88000{\r\n}\r\nRECOVERY 1588000 // hex\r\n{\r\n}\r\n");
  EXPECT_EQ(Get(file, "BOOTIMG").offset, 0x988000U);
  EXPECT_EQ(Get(file, "BOOTIMG").line, 7);
  EXPECT_EQ(Get(file, "RECOVERY").linear_address, 0x1588000U);
  ASSERT_EQ(file.warnings.size(), 1U);
  EXPECT_EQ(file.warnings[0].line, 9);
  EXPECT_THAT(file.warnings[0].text, HasSubstr("no 0x"));
}

TEST(PlainScatter, Utf16IsRead) {
  std::string text = "\xff\xfe";
  for (const char c : std::string_view("MBR 0x0\n{\n}\nBOOTIMG 0x80000\n{\n}\n")) {
    text += c;
    text += '\0';
  }
  EXPECT_EQ(Get(Parse(text), "BOOTIMG").offset, 0x80000U);
}

TEST(PlainScatter, UnclosedBraceLosesNoPartition) {
  const ScatterFile file = Parse("MBR 0x0\n{\nBOOTIMG 0x80000\n{\n}\nRECOVERY 0x90000\n{\n");
  EXPECT_EQ(file.blocks[0].partitions.size(), 3U);
  EXPECT_EQ(file.warnings.size(), 2U);
  EXPECT_EQ(file.warnings[1].line, 3);
}

TEST(PlainScatter, AWordAndANumberInsideTheBracesAreNoPartition) {
  const ScatterFile file = Parse(
      "MBR 0x0\n{\n  foo 0x10\n}\nBOOTIMG 0x80000\n{ size 0x600000 }\nLOGO 0x680000\n{\n}\n"
      "RECOVERY 0x690000\n{\n  bar 0x20");
  EXPECT_EQ(file.blocks[0].partitions.size(), 4U);
  EXPECT_EQ(Get(file, "BOOTIMG").size, 0x600000U);
  ASSERT_EQ(file.warnings.size(), 4U);
  EXPECT_THAT(file.warnings[0].text, HasSubstr("a brace at the end of the file"));
  EXPECT_EQ(file.warnings[1].line, 3);
  EXPECT_EQ(file.warnings[1].text,
            "\"foo 0x10\" stands inside the braces of MBR (line 1) and has none of its own: it is "
            "not taken for a partition");
  EXPECT_EQ(file.warnings[2].line, 6);
  EXPECT_THAT(file.warnings[2].text, HasSubstr("\"size 0x600000\" stands inside"));
  EXPECT_EQ(file.warnings[3].line, 12);
}

TEST(PlainScatter, LinesThatAreNoPartitionAreToldAndSkipped) {
  const ScatterFile file =
      Parse("MBR 0x0\n{\n}\ngarbage\nBOOTIMG 0xZZ\n{\n}\nLOGO 0x10000\n{\n}\n");
  EXPECT_EQ(file.blocks[0].partitions.size(), 2U);
  ASSERT_EQ(file.warnings.size(), 2U);
  EXPECT_EQ(file.warnings[0].line, 4);
  EXPECT_EQ(file.warnings[1].line, 5);
}

TEST(OtaScatter, UserOffsetsWithThePreloadersSizeInPlaceOfItsAddress) {
  const ScatterFile file = Parse(
      "PRELOADER 0x40000\nMBR 0x0\nEBR1 0x80000\nBOOTIMG 0x1d80000\nRECOVERY 0x2d80000\n"
      "USRDATA 0xcde00000\n",
      "scatter.txt");
  EXPECT_EQ(file.style, ScatterStyle::kOta);
  EXPECT_EQ(Get(file, "PRELOADER").region, FlashRegion::kEmmcBoot1);
  EXPECT_EQ(Get(file, "PRELOADER").offset, 0U);
  EXPECT_EQ(Get(file, "PRELOADER").size, 0x40000U);
  EXPECT_EQ(Get(file, "BOOTIMG").offset, 0x1d80000U);
  EXPECT_EQ(Get(file, "BOOTIMG").size, 0x1000000U);
  EXPECT_EQ(Get(file, "USRDATA").size, std::nullopt);
}

TEST(OtaScatter, MadeFromAnOldFileItIsLinear) {
  const ScatterFile file =
      Parse("PRELOADER 0x0\nMBR 0xc00000\n__NODL_NVRAM 0x1000000\nBOOTIMG 0x2980000\n");
  EXPECT_EQ(Get(file, "BOOTIMG").offset, 0x1d80000U);
  EXPECT_EQ(Get(file, "NVRAM").offset, 0x400000U);
}

TEST(OtaScatter, NamesOfGptPhonesMeanEmmc) {
  const ScatterFile file =
      Parse("preloader 0x0\nproinfo 0x80000\nlk 0x1cc0000\nboot 0x1d20000\nrecovery 0x2d20000\n");
  EXPECT_EQ(Get(file, "boot").region, FlashRegion::kEmmcUser);
  EXPECT_EQ(Get(file, "boot").offset, 0x1d20000U);
  EXPECT_EQ(Get(file, "preloader").region, FlashRegion::kEmmcBoot1);
}

TEST(ParseScatter, WhatIsNoScatterFileIsRefused) {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("\n\n"), std::string_view("# nothing\n"),
        std::string_view("ANDROID!\0\0\0\0", 12), std::string_view("hello world"),
        std::string_view("<html><body>404</body></html>"), std::string_view("<"),
        std::string_view("- general: MTK_PLATFORM_CFG\n"),
        std::string_view("send a0\nrecv 5f\n00 80000000\n")}) {
    const auto file = ParseScatter(text, "x.txt");
    ASSERT_FALSE(file.has_value()) << text;
    EXPECT_EQ(file.error().code(), ErrorCode::kInvalidInput) << text;
  }
}

// A vendor's check sum was once read back as a partition, and cut PRELOADER short.
TEST(PlainScatter, AVendorsTrailerIsNoPartition) {
  const ScatterFile clean = Parse(kMt6577);
  for (const char* trailer : {"[huaqin]\ncheckSum = 0x15bf\n", "checkSum = 0x15bf\n",
                              "checksum: 0x1234\n", "version 0x2\n", "[x]\nsize 0x50000000\n"}) {
    const ScatterFile file = Parse(std::string(kMt6577) + trailer);
    EXPECT_EQ(file.blocks.at(0).partitions.size(), clean.blocks.at(0).partitions.size()) << trailer;
    EXPECT_EQ(Get(file, "PRELOADER").size, 0x40000U) << trailer;
    EXPECT_FALSE(file.warnings.empty()) << trailer;
  }
}

TEST(OtaScatter, WhatBeginsAtNoSectorIsNoPartition) {
  const ScatterFile file =
      Parse("PRELOADER 0x40000\nMBR 0x0\nBOOTIMG 0x1d20000\nBMTPOOL 0xFFFF00a8\ncheckSum 0x15bf\n");
  EXPECT_EQ(file.blocks.at(0).partitions.size(), 4U);
  ASSERT_FALSE(file.warnings.empty());
  EXPECT_EQ(file.warnings.front().line, 5);
  EXPECT_THAT(file.warnings.front().text, HasSubstr("checkSum"));
}

// "//MISC 0x3000": whether it is a remark or was a partition, nobody can know, so it is told.
TEST(PlainScatter, APartitionThatIsCommentedOutIsToldWithItsLine) {
  for (const std::string mark : {"//", "# ", ";", "  ## "}) {
    const ScatterFile file = Parse("PRELOADER 0x0\n{\n}\nBOOTIMG 0x1000\n{\n}\n" + mark +
                                   "MISC 0x3000\n{\n}\nLOGO 0x8000\n{\n}\n");
    EXPECT_EQ(file.blocks.at(0).partitions.size(), 3U) << mark;
    EXPECT_EQ(Get(file, "BOOTIMG").size, 0x7000U) << mark;
    ASSERT_EQ(file.warnings.size(), 1U) << mark;
    EXPECT_EQ(file.warnings[0].line, 7) << mark;
    EXPECT_THAT(file.warnings[0].text, HasSubstr("\"MISC 0x3000\" is commented out")) << mark;
  }
}

TEST(PlainScatter, RemarksAreNoPartitionsThatAreCommentedOut) {
  for (const std::string_view remark :
       {"# boot", "// the table ends at 0x3000", "# version 3000", "## 0x3000", "#",
        "# moved BOOTIMG from 0x1000 to 0x2000", "; see 0x3000 above"}) {
    EXPECT_THAT(Parse(std::string(remark) + "\n" + std::string(kMt6577)).warnings, IsEmpty())
        << remark;
  }
}

TEST(OtaScatter, StorageThatNothingTellsIsGuessedAloud) {
  const ScatterFile file = Parse("BOOTIMG 0x100000\nRECOVERY 0x700000\n", "list.txt");
  EXPECT_EQ(Get(file, "BOOTIMG").region, FlashRegion::kNand);
  ASSERT_EQ(file.warnings.size(), 1U);
  EXPECT_EQ(file.warnings[0].line, 1);
  EXPECT_THAT(file.warnings[0].text, HasSubstr("NAND is assumed"));
  EXPECT_THAT(Parse("BOOTIMG 0x100000\nRECOVERY 0x700000\n", "MT6575_nand.txt").warnings, IsEmpty())
      << "the file's name tells";
  EXPECT_THAT(Parse("PRELOADER 0x0\nBOOTIMG 0x100000\nRECOVERY 0x700000\n").warnings, IsEmpty())
      << "a list of NAND begins so";
  EXPECT_THAT(Parse("MBR 0x600000\nBOOTIMG 0x700000\nRECOVERY 0x800000\n").warnings, IsEmpty())
      << "a list of eMMC has this";
}

TEST(ParseScatter, BoundsAreKept) {
  EXPECT_FALSE(ParseScatter(std::string(kMaxScatterBytes + 1, '\n'), "x").has_value());
  EXPECT_FALSE(ParseScatter("A 0x0\n" + std::string(kMaxScatterLine + 1, 'x'), "x").has_value());
  std::string many;
  for (std::size_t i = 0; i <= kMaxScatterPartitions; ++i) {
    many += "P" + std::to_string(i) + " 0x" + std::to_string(i) + "000\n";
  }
  const auto file = ParseScatter(many, "x");
  ASSERT_FALSE(file.has_value());
  EXPECT_THAT(file.error().message(), HasSubstr("4097 partitions"));
}

TEST(LoadScatter, AMissingFileIsNotFound) {
  const auto file = LoadScatter("/nonexistent/scatter.txt");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code(), ErrorCode::kNotFound);
}

TEST(LoadScatter, AFolderIsNoFile) {
  const auto file = LoadScatter("/");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code(), ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace mtkrig::protocol
