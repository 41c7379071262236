#include "protocol/layout/binary_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/layout/scatter.h"

namespace mtkrig::protocol {
namespace {

using namespace std::string_literals;  // NOLINT: "\0"s is the only short way to write zeros
using ::testing::HasSubstr;

constexpr const char* kYaml =
    "- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: V1.1.2\n      platform: MT6580\n"
    "      storage: EMMC\n      block_size: 0x20000\n"
    "- partition_index: SYS0\n  partition_name: pgpt\n  linear_start_addr: 0x0\n"
    "  physical_start_addr: 0x0\n  partition_size: 0x80000\n  region: EMMC_USER\n"
    "  storage: HW_STORAGE_EMMC\n"
    "- partition_index: SYS1\n  partition_name: boot\n  linear_start_addr: 0x80000\n"
    "  physical_start_addr: 0x80000\n  partition_size: 0x80000\n  region: EMMC_USER\n"
    "  storage: HW_STORAGE_EMMC\n";

std::string Utf16(std::string_view text, bool big_endian) {
  std::string wide;
  for (const char c : text) wide += big_endian ? "\0"s + c : c + "\0"s;
  return wide;
}

// Both partitions, and one warning: at this line, with these words.
void ExpectReadWithWarning(const std::string& text, int line, const std::string& words) {
  const auto file = ParseScatter(text, "MT6580_Android_scatter.txt");
  ASSERT_TRUE(file.has_value()) << file.error().Describe();
  ASSERT_EQ(file->blocks[0].partitions.size(), 2U);
  EXPECT_EQ(file->blocks[0].partitions[1].name, "boot");
  EXPECT_EQ(file->blocks[0].partitions[1].offset, 0x80000U);
  ASSERT_EQ(file->warnings.size(), 1U);
  EXPECT_EQ(file->warnings[0].line, line);
  EXPECT_THAT(file->warnings[0].text, HasSubstr(words));
}

TEST(BinaryText, AZeroInATrailerIsAWarning) {
  ExpectReadWithWarning(kYaml + "\0"s, 21, "1 byte that is no text in this line");
  ExpectReadWithWarning(kYaml + "\0\0\0\0"s, 21, "4 bytes that are no text");
  ExpectReadWithWarning(kYaml + "\x1f\x8b\x08\0\xff\xfe\x90\n\x02\x9c\0\xd1\n"s, 21,
                        "lines 21 to 22");
}

TEST(BinaryText, RubbishBetweenEntriesCostsNone) {
  std::string text = kYaml;
  text.insert(text.find("- partition_index: SYS1"), "\0\x01\x02\xf0\x80\0\n"s);
  ExpectReadWithWarning(text, 14, "no text in this line");
}

TEST(BinaryText, ZerosThatPadALineDoNotCostItsWords) {
  std::string text = kYaml;
  text.insert(text.find("boot\n") + 4, "\0\0\0\0\0\0\0\0\0\0\0\0"s);
  ExpectReadWithWarning(text, 15, "12 bytes");
}

TEST(BinaryText, LinesThatWindowsAppendedAsUtf16AreRead) {
  const std::string head(kYaml, std::string_view(kYaml).find("- partition_index: SYS1"));
  const std::string tail(kYaml + head.size());
  const auto file = ParseScatter(head + Utf16(tail, false), "MT6580_Android_scatter.txt");
  ASSERT_TRUE(file.has_value()) << file.error().Describe();
  ASSERT_EQ(file->blocks[0].partitions.size(), 2U);
  EXPECT_EQ(file->blocks[0].partitions[1].name, "boot");
  EXPECT_EQ(file->blocks[0].partitions[1].offset, 0x80000U);
  EXPECT_EQ(file->warnings.at(0).line, 14);
}

TEST(BinaryText, Utf16IsReadWithAndWithoutItsMark) {
  for (const bool big_endian : {false, true}) {
    const std::string mark = big_endian ? "\xfe\xff" : "\xff\xfe";
    for (const std::string& text : {mark + Utf16(kYaml, big_endian), Utf16(kYaml, big_endian)}) {
      const auto file = ParseScatter(text, "x.txt");
      ASSERT_TRUE(file.has_value()) << file.error().Describe();
      EXPECT_EQ(file->blocks[0].partitions.size(), 2U);
      EXPECT_TRUE(file->warnings.empty());
    }
  }
}

TEST(BinaryText, Utf32IsRefusedWithWhatToDo) {
  for (const std::string& mark : {"\xff\xfe\0\0"s, "\0\0\xfe\xff"s}) {
    const auto file = ParseScatter(mark + "P\0\0\0"s, "x.txt");
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error().code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(file.error().message(), HasSubstr("UTF-32"));
    EXPECT_THAT(file.error().hint(), HasSubstr("UTF-8"));
  }
}

TEST(BinaryText, AnImageIsNoScatterFile) {
  const auto file =
      ParseScatter("ANDROID!\0\x10\x20\0\x7f"s + std::string(4096, '\x03'), "boot.img");
  ASSERT_FALSE(file.has_value());
  EXPECT_THAT(file.error().message(), HasSubstr("binary file"));
}

TEST(BinaryText, ALongTrailerWithoutLineEndsIsLikeAnyOther) {
  ExpectReadWithWarning(kYaml + "\0"s + std::string(kMaxScatterLine + 1, '\xee'), 21, "no text");
}

TEST(ParseScatter, AWebPageIsToldToBeOne) {
  for (const char* page : {"<!DOCTYPE html>\n<html><p>MT6577</html>", "<div class=x><br>\n</p>"}) {
    const auto file = ParseScatter(page, "MT6577_Android_scatter.txt");
    ASSERT_FALSE(file.has_value());
    EXPECT_THAT(file.error().message(), HasSubstr("web page"));
  }
}

TEST(BinaryText, PlainTextAndXmlToo) {
  const auto plain = ParseScatter("BOOTIMG 0x80000\n{\n}\n\0\xff\0\xfe\n"s, "MT6575_nand.txt");
  ASSERT_TRUE(plain.has_value()) << plain.error().Describe();
  ASSERT_EQ(plain->warnings.size(), 1U);
  EXPECT_EQ(plain->warnings[0].line, 4);

  const auto xml = ParseScatter(
      "<root><partition_index name=\"SYS0\"><partition_name>boot</partition_name>"
      "<linear_start_addr>0x8000</linear_start_addr>"
      "<physical_start_addr>0x8000</physical_start_addr><partition_size>0x100</partition_size>"
      "<region>EMMC_USER</region><storage>HW_STORAGE_EMMC</storage></partition_index></root>\n"
      "\0\x01\x80\x90\n"s,
      "x.xml");
  ASSERT_TRUE(xml.has_value()) << xml.error().Describe();
  EXPECT_EQ(xml->blocks[0].partitions.size(), 1U);
}

TEST(BlankBinary, LeavesTextAlone) {
  std::string text = "a\tb\r\n# \xc4\xe3\xba\xc3\n\x1a";
  const std::string before = text;
  EXPECT_TRUE(BlankBinary(text).empty()) << "tabs, an old encoding, the end of a DOS file";
  EXPECT_EQ(text, before);
}

}  // namespace
}  // namespace mtkrig::protocol
