// Marks where people cut a log.

#include "traces/import/left_out.h"

#include <gmock/gmock.h>

#include "log_testing.h"
#include "traces/import/log_text.h"

namespace mtkrig::traces {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kMarks[] = {
    "[...]",
    "...",
    "\xe2\x80\xa6",  // the ellipsis character
    ". . .",
    "<snip>",
    "&lt;snip&gt;",
    "[snip]",
    "*snip*",
    "snip",
    "(...)",
    "<...>",
    "// ...",
    "(many more lines)",
    "--- cut ---",
    "[truncated]",
    "<... 4096 more ...>",
    "-- 8< --",
    "-----8<-----",
    "---->8----",
    "[log cut here, see attachment]",
    "[... 300 lines removed ...]",
    "300 more lines",
    "*** output truncated ***",
    "... lots of lines skipped",
    "[...the rest is the same...]",
    "\xe2\x80\x94 snip \xe2\x80\x94",
    "\xe2\x8b\xae",
};

// What tools write, and people between the lines of a log.
constexpr std::string_view kOthers[] = {
    "...........",
    ".",
    "..",
    "[]",
    "()",
    "---",
    "* * *",
    "-----",
    "```",
    "--More--",
    "--More--(12%)",
    "Port - Device detected :)",
    "DeviceClass",
    "Waiting for device...",
    "Status: Waiting for PreLoader VCOM, please reconnect mobile/iot device to brom mode",
    "Hint:",
    "Power off the phone before connecting.",
    "...........Port - Device detected :)",
    "Progress: |\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88...| 12.3% Read (Sector 0x12 of 0x400, "
    "0x3ee left, 4.5 MB/s) 00:12 left",
    "Done |----------| 0.0% Write (Sector 0x0 of 0x40) 0.00 MB/s",
    "['  File \"/opt/mtkclient/mtk.py\", line 1021, in <module>\\n    mtk = main()']",
    "Preloader - Skipping the rest of the data...",
    "Disabling Watchdog...",
    "-->[C2] DL_HANDLE->Rehandle // skip the rest of the data",
    "<--[C2] DL_HANDLE->Rehandle",
    "[0000125] [17:47:55:312690] [Tid0x00001a6c] [debug] 4096 bytes removed [more]",
    "--- SIGALRM {si_signo=SIGALRM, si_code=SI_KERNEL} ---",
    "+++ exited with 0 +++",
    "- I removed the battery.",
    "* skipped some steps here.",
    "(I removed the battery here and tried it once again)",
    "## Steps skipped",
    "It hangs, see the log.",
    "[Errno 5] Input/Output Error",
    "  [Previous line repeated 996 more times]",
    "------------[ cut here ]------------",
};

std::string Clean(std::string_view text) {
  std::string clean(text);
  CleanLine(clean);
  return clean;
}

TEST(LeftOut, MarksOfPeople) {
  for (const std::string_view mark : kMarks) {
    EXPECT_TRUE(SaysLeftOut(Clean(mark))) << mark;
  }
}

TEST(LeftOut, LinesOfToolsAreNone) {
  for (const std::string_view other : kOthers) {
    EXPECT_FALSE(SaysLeftOut(Clean(other))) << other;
  }
}

std::string Cut(std::string_view text) {
  std::string said = Clean(text);
  DecodeEntities(said);
  return "gap line 3: lines were left out here: \"" + said + "\"";
}

TEST(LeftOut, AreGapsOfEachTool) {
  for (const std::string_view mark : kMarks) {
    const std::string line = std::string(mark) + "\n";
    EXPECT_THAT(Transfers("TX:d1\nRX:d1\n" + line + "TX:fc\nRX:fc\n"),
                ElementsAre("> bytes d1", "< bytes d1", Cut(mark), "> bytes fc", "< bytes fc"));
    EXPECT_THAT(Transfers("BROM_DLL[1]: -> 0xA0\n<- 0x5F\n" + line + "-> 0x0A\n"),
                ElementsAre("> bytes a0", "< bytes 5f", Cut(mark), "> bytes 0a"));
    EXPECT_THAT(Transfers("send (1):\na0 |.|\n" + line + "recv (1):\n5f |_|\n"),
                ElementsAre("> bytes a0", Cut(mark), "< bytes 5f"));
    EXPECT_THAT(Transfers("[2024-01-01 00:00:00] <BROM I/O> -> A0\n"
                          "[2024-01-01 00:00:00] <BROM I/O> <- 5F\n" +
                          line + "[2024-01-01 00:00:00] <BROM I/O> -> 0A\n"),
                ElementsAre("> bytes a0", "< bytes 5f", Cut(mark), "> bytes 0a"));
    EXPECT_THAT(Transfers("openat(AT_FDCWD, \"/dev/ttyACM0\", O_RDWR) = 3\n"
                          "write(3, \"\\xa0\", 1) = 1\n" +
                          line + "read(3, \"\\x5f\", 1) = 1\n"),
                ElementsAre("> bytes a0", Cut(mark), "< bytes 5f"));
  }
}

TEST(LeftOut, OrdinaryLinesAreNoGaps) {
  for (const std::string_view other : kOthers) {
    if (traces::Contains(other, "Device detected") || traces::Contains(other, "Errno"))
      continue;  // told otherwise
    EXPECT_THAT(Transfers("TX:d1\nRX:d1\n" + std::string(other) + "\nTX:fc\nRX:fc\n"),
                ElementsAre("> bytes d1", "< bytes d1", "> bytes fc", "< bytes fc"))
        << other;
  }
}

TEST(LeftOut, WhatWasBegunAboveIsMissing) {
  EXPECT_THAT(Transfers("TX:d1\nUSB echo: length(0x1)\n[...]\nRX:fc\n"),
              ElementsAre("> bytes d1",
                          "gap line 2: 1 bytes were asked for, and what came is not in the log",
                          Cut("[...]"), "< bytes fc"));
  EXPECT_THAT(Transfers("TX:efeeeefe010000000e000000\nTX:<?xml?>\n<snip>\nRX:fc\n"),
              ElementsAre("> bytes efeeeefe010000000e000000", "> bytes of 14",
                          "gap line 2: the log has 7 bytes of XML where the header announced 14",
                          Cut("<snip>"), "< bytes fc"));
  EXPECT_THAT(Transfers("TX:a0\nTimed out\n...\nRX:5f\n"),
              ElementsAre("> bytes a0", "< failure timeout", Cut("..."), "< bytes 5f"));
}

TEST(LeftOut, SeveralBelowOneAnotherAreOneGap) {
  EXPECT_THAT(Transfers("TX:d1\nRX:d1\n...\n...\n\n[snip]\nTX:fc\n...\n"),
              ElementsAre("> bytes d1", "< bytes d1", Cut("..."), "> bytes fc",
                          "gap line 8: lines were left out here: \"...\""));
}

// In front of the first transfer it is a gap where the log stands, and none in what people write.
TEST(LeftOut, InFrontOfTheFirstTransfer) {
  EXPECT_THAT(Transfers("It hangs:\n\n[...]\n```\nTX:fc\nRX:fc\n"),
              ElementsAre(Cut("[...]"), "> bytes fc", "< bytes fc"));
  EXPECT_THAT(Transfers("My phone\n...\nis dead\n\nIt hangs, see here:\n\n\nTX:fc\nRX:fc\n"),
              ElementsAre("> bytes fc", "< bytes fc"));
}

}  // namespace
}  // namespace mtkrig::traces
