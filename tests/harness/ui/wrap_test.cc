#include "harness/ui/wrap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "harness/text.h"
#include "harness/ui/shorten.h"

namespace mtkrig::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The words of a text in their order, whatever lines they stand in.
std::string WordsOf(const std::string& text) {
  std::string words;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) words += word + ' ';
  return words;
}

TEST(WrapLines, WithoutATerminalNothingChanges) {
  const std::string text = std::string(300, 'a') + " b\n  c";
  EXPECT_EQ(WrapLines(text, std::nullopt), text);
  EXPECT_EQ(WrapLines("", 40), "");
  EXPECT_EQ(WrapLines("short\n\nlines\n", 40), "short\n\nlines\n");
}

TEST(WrapLines, WhatStandsApartStaysApart) {
  EXPECT_EQ(
      WrapLines("    packet 3: boot ROM  GET_HW_SW_VER  sub code 0x8a00  hw version 0xca00", 46),
      "    packet 3: boot ROM\n"
      "      GET_HW_SW_VER  sub code 0x8a00  hw\n"
      "      version 0xca00");
}

TEST(WrapLines, BreaksAtBlanksAndLeavesTheLastColumnFree) {
  EXPECT_EQ(WrapLines("error: the phone does not answer at all", 21),
            "error: the phone\n"
            "  does not answer at\n"
            "  all");
  EXPECT_EQ(WrapLines("twenty columns wide.", 21), "twenty columns wide.");
}

TEST(WrapLines, ADescriptionContinuesBelowItself) {
  EXPECT_EQ(WrapLines("  --all       Everything, boot areas included", 37),
            "  --all       Everything, boot areas\n"
            "              included");
  // Where it would have no room, it begins below.
  EXPECT_EQ(WrapLines("  -s,--scatter FILE         Take the layout from a file", 37),
            "  -s,--scatter FILE\n"
            "    Take the layout from a file");
  EXPECT_EQ(WrapLines("                            How long to wait for it", 37),
            "    How long to wait for it");
}

TEST(WrapLines, WordsThatCannotFitStayWhole) {
  const std::string hash(64, 'e');
  EXPECT_EQ(WrapLines("its SHA-256 is " + hash + " now", 40),
            "its SHA-256 is\n  " + hash + "\n  now");
}

TEST(WrapLines, CommandsStayWhole) {
  const std::string help = "Example:\n  mtkrig readback --device emulator:mt6577 -o out boot";
  EXPECT_EQ(WrapLines(help, 40), help);
}

TEST(WrapLines, FitsAnyWidthAndKeepsEveryWord) {
  const std::string text =
      "  Power the phone off and plug it in with no key held: its préchargeur answers\n\n"
      "hint: write elsewhere   with -o DIR";
  for (std::size_t columns = 1; columns < 100; ++columns) {
    const std::string wrapped = WrapLines(text, columns);
    EXPECT_EQ(WordsOf(wrapped), WordsOf(text)) << columns;
    for (const std::string& line : LinesOf(wrapped)) {
      EXPECT_LT(Columns(line), std::max<std::size_t>(columns, 17)) << columns << ": " << line;
    }
  }
}

Table Summary() {
  return {{{"FILE", "SIZE", "KIND"},
           {"boot.img", "6.0 MiB", "Android boot image, kernel 3.66 MiB"},
           {"lk.bin", "384.0 KiB", "data"}},
          {1},
          true};
}

TEST(FitTable, IsTheUsualTableWhereThatFits) {
  const Table table = Summary();
  EXPECT_EQ(FitTable(table, std::nullopt), FormatTable(table.rows, table.numbers));
  EXPECT_EQ(FitTable(table, 80), FormatTable(table.rows, table.numbers));
}

TEST(FitTable, BreaksCellsOfSeveralWords) {
  EXPECT_EQ(FitTable(Summary(), 42),
            "FILE           SIZE  KIND\n"
            "boot.img    6.0 MiB  Android boot image,\n"
            "                     kernel 3.66 MiB\n"
            "lk.bin    384.0 KiB  data\n");
}

TEST(FitTable, RowsBecomeParagraphsWhereColumnsHaveNoRoom) {
  const std::string hash(64, 'a');
  const Table table = {{{"FILE", "SIZE", "SHA-256", "KIND"},
                        {"boot.img", "6.0 MiB", hash, "Android boot image, kernel 3.66 MiB"},
                        {},
                        {"x.bin", "1 B", hash, ""}},
                       {1},
                       true};
  EXPECT_EQ(FitTable(table, 80),
            "boot.img\n"
            "  SIZE 6.0 MiB\n"
            "  SHA-256 " +
                hash +
                "\n"
                "  KIND Android boot image, kernel 3.66 MiB\n"
                "\n"
                "x.bin\n"
                "  SIZE 1 B\n"
                "  SHA-256 " +
                hash + "\n");
  EXPECT_THAT(FitTable(table, 40), HasSubstr("  KIND Android boot image, kernel 3.66\n"
                                             "    MiB\n"));
}

TEST(FitTable, AnIndentedTableFitsToo) {
  const std::string hash(24, 'a');
  const Table table = {
      .rows = {{"a.pcapng, packets 3 to 4", "0x6580"}, {"b.pcapng, packet 5", hash}},
      .numbers = {},
      .has_heading = false,
      .indent = 5};
  EXPECT_EQ(FitTable(table, std::nullopt),
            "     a.pcapng, packets 3 to 4  0x6580\n     b.pcapng, packet 5        " + hash + "\n");
  EXPECT_EQ(FitTable(table, 80), FitTable(table, std::nullopt));
  EXPECT_EQ(FitTable(table, 50),
            "     a.pcapng, packets   0x6580\n"
            "     3 to 4\n"
            "     b.pcapng, packet 5  " +
                hash + "\n");
  EXPECT_EQ(FitTable(table, 34),
            "     a.pcapng, packets 3 to 4\n"
            "       0x6580\n"
            "     b.pcapng, packet 5\n"
            "       " +
                hash + "\n");
}

TEST(FitTable, WithoutAHeadingEveryRowIsShown) {
  const Table table = {
      {{"ME id", "5a1c7f20934ee8d1b06627a98f3d4c02"}, {"mode", "boot ROM"}}, {}, false};
  EXPECT_EQ(FitTable(table, 30), "ME id\n  5a1c7f20934ee8d1b06627a98f3d4c02\nmode\n  boot ROM\n");
}

TEST(FitTable, LosesNothingAtAnyWidth) {
  const Table table = Summary();
  for (std::size_t columns = 1; columns < 100; ++columns) {
    const std::string text = FitTable(table, columns);
    for (const char* word : {"boot.img", "6.0", "KIND", "Android", "3.66", "lk.bin", "data"}) {
      EXPECT_THAT(text, HasSubstr(word)) << columns;
    }
    for (const std::string& line : LinesOf(text)) {
      EXPECT_LT(Columns(line), std::max<std::size_t>(columns, 17)) << columns << ": " << line;
    }
    EXPECT_THAT(text, AllOf(Not(HasSubstr("…")), Not(HasSubstr("...")))) << columns;
  }
}

}  // namespace
}  // namespace mtkrig::harness
