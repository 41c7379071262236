// The XML form, whole and damaged.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/layout/scatter.h"
#include "scatter_text.h"

namespace mtkrig::protocol {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kXml =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n\r\n<root>\r\n"
    "  <general name=\"MTK_PLATFORM_CFG\">\r\n    <config_version name=\"V2.1.0\">\r\n"
    "      <platform>MT6893</platform>\r\n      <project>demo</project>\r\n"
    "    </config_version>\r\n  </general>\r\n  <storage_type name=\"UFS\">\r\n"
    "    <general name=\"MTK_STORAGE_CFG\">\r\n      <storage name=\"UFS\">\r\n"
    "        <boot_channel>UFSHCI_0</boot_channel>\r\n        <block_size>0x80000</block_size>\r\n"
    "      </storage>\r\n    </general>\r\n    <partition_index name=\"SYS0\">\r\n"
    "      <partition_name>boot</partition_name>\r\n      <file_name>boot.img</file_name>\r\n"
    "      <is_download>true</is_download>\r\n      <type>NORMAL_ROM</type>\r\n"
    "      <linear_start_addr>0x4ee80000</linear_start_addr>\r\n"
    "      <physical_start_addr>0x4ee80000</physical_start_addr>\r\n"
    "      <partition_size>0x6000000</partition_size>\r\n      <region>UFS_LU2</region>\r\n"
    "      <storage>HW_STORAGE_UFS</storage>\r\n    </partition_index>\r\n";

TEST(XmlScatter, CarriesTheSameFacts) {
  const ScatterFile file = Parse(std::string(kXml) + "  </storage_type>\r\n</root>\r\n");
  EXPECT_EQ(file.style, ScatterStyle::kXml);
  EXPECT_EQ(file.config_version, "V2.1.0");
  EXPECT_EQ(file.platform, "MT6893");
  EXPECT_EQ(file.project, "demo");
  EXPECT_EQ(file.blocks[0].storage_type, "UFS");
  EXPECT_EQ(file.blocks[0].block_size, 0x80000U);
  EXPECT_EQ(file.blocks[0].boot_channel, "UFSHCI_0");
  const Partition& boot = Get(file, "boot");
  EXPECT_EQ(boot.region, FlashRegion::kUfsLu2);
  EXPECT_EQ(boot.offset, 0x4ee80000U);
  EXPECT_EQ(boot.size, 0x6000000U);
  EXPECT_EQ(boot.file_name, "boot.img");
  EXPECT_EQ(boot.line, 17);
  EXPECT_THAT(file.warnings, IsEmpty());
}

// The storage of the first general section was taken for a block of its own, without a partition.
TEST(XmlScatter, AStorageInTheGeneralSectionIsNoBlock) {
  std::string text(kXml);
  const std::string_view before = "    </config_version>\r\n";
  text.insert(text.find(before),
              "<info>\r\n<storage>UFS</storage>\r\n"
              "<boot_channel>UFSHCI_0</boot_channel></info>\r\n");
  const ScatterFile file = Parse(text + "  </storage_type>\r\n</root>\r\n");
  EXPECT_THAT(file.warnings, IsEmpty());
  ASSERT_EQ(file.blocks.size(), 1U);
  EXPECT_EQ(file.blocks[0].storage_type, "UFS");
  EXPECT_EQ(Get(file, "boot").region, FlashRegion::kUfsLu2);
  // One that the file does list is told.
  const ScatterFile empty = Parse(std::string(kXml) +
                                  "  </storage_type>\r\n  <storage_type name=\"EMMC\">\r\n"
                                  "  </storage_type>\r\n</root>\r\n");
  EXPECT_THAT(empty.warnings, Contains(Warning(29, "storage block EMMC lists no partition")));
}

TEST(XmlScatter, ABrokenTailIsToldAndWhatStoodBeforeIsKept) {
  const ScatterFile file = Parse(std::string(kXml) + "  </storage_type>\r\n<oops");
  EXPECT_EQ(Get(file, "boot").size, 0x6000000U);
  EXPECT_THAT(file.warnings, Contains(Warning(29, "the XML is damaged here")));
}

TEST(XmlScatter, DeepNestingIsBounded) {
  std::string text = "<root>";
  for (int i = 0; i < 100'000; ++i) text += "<a>";
  EXPECT_FALSE(ParseScatter(text, "x.xml").has_value());
}

// Four partitions, the first in line 10, seven lines each.
std::string FourPartitions() {
  std::string text =
      "<?xml version=\"1.0\"?>\n<root>\n<general name=\"MTK_PLATFORM_CFG\">\n"
      "<config_version name=\"V2.1.0\"><platform>MT6893</platform></config_version>\n</general>\n"
      "<storage_type name=\"UFS\">\n<general name=\"MTK_STORAGE_CFG\">\n"
      "<storage name=\"UFS\"><block_size>0x80000</block_size></storage>\n</general>\n";
  for (int i = 0; i < 4; ++i) {
    text += fmt::format(
        "<partition_index name=\"SYS{0}\"><partition_name>p{0}</partition_name>\n"
        "<linear_start_addr>{1}</linear_start_addr>\n"
        "<physical_start_addr>{1}</physical_start_addr>\n"
        "<partition_size>0x1000</partition_size>\n<region>UFS_LU2</region>\n"
        "<storage>HW_STORAGE_UFS</storage>\n</partition_index>\n",
        i, fmt::format("0x{:x}", 0x1000 * i));
  }
  return text + "</storage_type>\n</root>\n";
}

std::string Replaced(std::string text, std::string_view what, std::string_view with,
                     std::size_t nth = 0) {
  std::size_t at = text.find(what);
  for (; nth > 0; --nth) at = text.find(what, at + 1);
  return text.replace(at, what.size(), with);
}

// Reads it and expects all four partitions with all their facts.
ScatterFile ParseAllFour(const std::string& text) {
  ScatterFile file = Parse(text);
  EXPECT_EQ(file.platform, "MT6893");
  EXPECT_EQ(file.blocks.size(), 1U);
  EXPECT_EQ(file.blocks.at(0).block_size, 0x80000U);
  EXPECT_EQ(file.blocks.at(0).partitions.size(), 4U);
  for (std::uint64_t i = 0; i < 4; ++i) {
    const Partition& partition = Get(file, fmt::format("p{}", i));
    EXPECT_EQ(partition.offset, 0x1000 * i);
    EXPECT_EQ(partition.size, 0x1000U);
    EXPECT_EQ(partition.region, FlashRegion::kUfsLu2);
    EXPECT_EQ(partition.line, 10 + 7 * static_cast<int>(i));
  }
  return file;
}

TEST(DamagedXml, TheWholeFileIsRead) {
  EXPECT_THAT(ParseAllFour(FourPartitions()).warnings, IsEmpty());
}

TEST(DamagedXml, AFieldClosedUnderAnotherName) {
  const ScatterFile file =
      ParseAllFour(Replaced(FourPartitions(), "</partition_size>", "</partition_sise>", 1));
  EXPECT_THAT(file.warnings, testing::UnorderedElementsAre(
                                 Warning(20, "the XML is damaged here (Start-end tags mismatch)"),
                                 Warning(20, "partition_size is closed as \"partition_sise\"")));
}

TEST(DamagedXml, AFieldThatIsNotClosed) {
  const ScatterFile file = ParseAllFour(Replaced(FourPartitions(), "</region>", "", 0));
  EXPECT_THAT(file.warnings, Contains(Warning(14, "region is not closed")));
}

TEST(DamagedXml, APartitionThatIsNotClosed) {
  const ScatterFile file = ParseAllFour(Replaced(FourPartitions(), "</partition_index>", "", 0));
  EXPECT_THAT(file.warnings, Contains(Warning(17, "SYS1 begins inside another")));
}

TEST(DamagedXml, APartitionThatIsNotOpened) {
  const ScatterFile file = Parse(Replaced(FourPartitions(), "<partition_index name=\"SYS1\">", ""));
  EXPECT_EQ(file.blocks[0].partitions.size(), 4U);
  EXPECT_EQ(Get(file, "p1").offset, 0x1000U);
  EXPECT_THAT(file.warnings, Contains(Warning(17, "\"p1\" has no partition_index")));
}

TEST(DamagedXml, ATagWithoutItsBracketCostsItsValueAndIsTold) {
  const ScatterFile file =
      Parse(Replaced(FourPartitions(), "<partition_size>", "<partition_size ", 0));
  EXPECT_EQ(file.blocks[0].partitions.size(), 4U);
  EXPECT_THAT(file.warnings, Contains(Warning(13, "\"partition_size\" has no closing bracket")));
  EXPECT_THAT(file.warnings, Contains(Warning(10, "p0 has no partition_size")));
}

TEST(DamagedXml, AFileThatWasCutOff) {
  const std::string text = FourPartitions();
  const ScatterFile file = Parse(text.substr(0, text.find("p3</partition_name>")));
  EXPECT_EQ(file.blocks[0].partitions.size(), 3U);
  EXPECT_THAT(file.warnings, Contains(Warning(31, "has no address and cannot be placed")));
}

TEST(DamagedXml, ACommentWithoutAnEndSwallowsNothing) {
  ParseAllFour(Replaced(FourPartitions(), "<region>", "<!-- <region>", 2));
}

TEST(DamagedXml, NoiseIsReadInBoundedTime) {
  std::string text = "<root><a></b>";
  for (int i = 0; i < 200'000; ++i) text += "<!--";
  for (int i = 0; i < 200'000; ++i) text += "<? <";
  for (int i = 0; i < 200'000; ++i) text += "<![CDATA[&<!";
  EXPECT_FALSE(ParseScatter(text, "noise.xml").has_value());
}

TEST(DamagedXml, NoSingleLostCharacterLosesAPartitionInSilence) {
  const std::string whole = FourPartitions();
  for (std::size_t at = whole.find("<storage_type"); at < whole.size(); ++at) {
    if (std::string_view("<>/\"=").find(whole[at]) == std::string_view::npos) continue;
    std::string text = whole;
    text.erase(at, 1);
    const auto file = ParseScatter(text, "scatter.xml");
    ASSERT_TRUE(file.has_value()) << at << ": " << file.error().Describe();
    std::size_t good = 0;
    for (const StorageBlock& block : file->blocks) {
      for (const Partition& partition : block.partitions) {
        if (partition.size == 0x1000U && partition.region == FlashRegion::kUfsLu2) ++good;
      }
    }
    EXPECT_GE(good, 3U) << at;
    EXPECT_TRUE(good == 4 || !file->warnings.empty()) << at;
  }
}

TEST(DamagedXml, ALostHeadDoesNotHideTheForm) {
  const ScatterFile file =
      Parse(Replaced(FourPartitions(), "<?xml version=\"1.0\"?>\n<root>\n", "xml\nroot>\n"));
  EXPECT_EQ(file.style, ScatterStyle::kXml);
  EXPECT_EQ(file.blocks[0].partitions.size(), 4U);
}

TEST(XmlScatter, TextThatStandsInNoElementIsTold) {
  // As vendors' tools append it, and as a comment mark that was lost leaves it behind.
  std::string text = FourPartitions() + "\r\n\r\n[vendor]\r\ncheckSum = 0x15bf\r\n";
  EXPECT_THAT(ParseAllFour(text).warnings,
              testing::ElementsAre(Warning(42, "checkSum = 0x15bf\" stands outside")));
  text = Replaced(FourPartitions(), "<partition_size>", "was 0x800 -->\n<partition_size>", 1);
  EXPECT_THAT(Parse(text).warnings,
              testing::ElementsAre(Warning(20, "\"was 0x800 -->\" stands outside")));
}

TEST(DamagedXml, TextThatStandsInNoElementIsToldToo) {
  const std::string text = Replaced(FourPartitions(), "</region>", "", 0);
  const ScatterFile file = ParseAllFour(text + "\n\n[vendor]\n");
  EXPECT_THAT(file.warnings, Contains(Warning(42, "\"[vendor]\" stands outside")));
}

// The parser reads it, and other tools stop at it.
TEST(XmlScatter, AnAmpersandThatStandsForItselfIsToldWithItsLine) {
  std::string text = Replaced(FourPartitions(), "p1</", "p&1 & b</");
  text = Replaced(text, "<root>", "<root><!-- a & b --><?a & b?>");
  EXPECT_EQ(Get(Parse(text), "p&1 & b").offset, 0x1000U);
  EXPECT_THAT(Parse(text).warnings,
              testing::ElementsAre(Warning(17, "an \"&\" stands for itself here")));
  const ScatterFile damaged = Parse(Replaced(text, "</region>", "", 0));
  EXPECT_EQ(Get(damaged, "p&1 & b").offset, 0x1000U);
  EXPECT_THAT(damaged.warnings, Contains(Warning(17, "an \"&\" stands for itself here")));
}

// As the parser does where the file is whole.
TEST(DamagedXml, CharactersThatAreWrittenAsEntities) {
  std::string text = Replaced(FourPartitions(), "p1</partition_name>",
                              "a&amp;b&lt;&#x63;&#100;&#233;&amp;lt;</partition_name>");
  ASSERT_EQ(Get(Parse(text), "a&b<cd\xc3\xa9&lt;").offset, 0x1000U) << "whole";
  text = Replaced(text, "</region>", "", 0);
  EXPECT_EQ(Get(Parse(text), "a&b<cd?&lt;").offset, 0x1000U) << "damaged";
}

TEST(DamagedXml, AnAmpersandThatBeginsNoEntityStands) {
  std::string text = Replaced(FourPartitions(), "p1</partition_name>",
                              "a&b&;&#;&#x;&#0;&nbsp;&amp</partition_name>");
  text = Replaced(text, "</region>", "", 0);
  EXPECT_EQ(Get(Parse(text), "a&b&;&#;&#x;&#0;&nbsp;&amp").offset, 0x1000U);
}

TEST(DamagedXml, WhatIsNotToBeSavedIsRefusedWithTheFileAndTheLine) {
  const auto file = ParseScatter("<root>\n<general>\n</root>\n", "some/MT6893_scatter.xml");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code(), ErrorCode::kInvalidInput);
  EXPECT_THAT(file.error().message(),
              HasSubstr("some/MT6893_scatter.xml: line 3: not XML: Start-end tags mismatch"));
}

}  // namespace
}  // namespace mtkrig::protocol
