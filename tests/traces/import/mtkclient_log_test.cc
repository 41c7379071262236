// Debug logs of mtkclient in the layouts of its versions, and as bug reports have them.

#include <gmock/gmock.h>

#include "log_testing.h"

namespace mtkrig::traces {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(MtkclientLog, ReadsTheTerminal) {
  const ReadTrace trace = ReadLog(
      "MTK Flash/Exploit Client Public V2.0.1 (c) B.Kerler 2018-2024\n"
      "Preloader - HW code:\t\t\t0x6580\n"
      "DeviceClass\n"
      "DeviceClass - [LIB]: TX:d1\n"
      "DeviceClass\n"
      "DeviceClass - [LIB]: USB echo: length(0x1)\n"
      "DeviceClass\n"
      "DeviceClass - [LIB]: RX:d1\n");
  EXPECT_THAT(trace.lines,
              ElementsAre("comment mtkclient Public V2.0.1 (c) B.Kerler 2018-2024",
                          "comment Preloader - HW code:\t\t\t0x6580", "> bytes d1", "< bytes d1"));
  EXPECT_EQ(trace.facts.tool, "mtkclient");
  EXPECT_EQ(trace.events[2].packet, 4U);
  EXPECT_EQ(trace.events[3].packet, 8U);
  EXPECT_EQ(trace.events[2].offset, 104U);
}

TEST(MtkclientLog, ReadsEveryLayoutOfALine) {
  for (const char* line : {
           "TX:d100\n",
           "TX:d100\r\n",
           "TX: d1 00\n",
           "TX: 0xd1 0x00\n",
           "DEBUG:DeviceClass:TX: 0xD1, 0x00\n",
           "TX: [0xd1, 0x00]\n",
           "[LIB]: TX:d100\n",
           "DAXFlash - TX:d100\n",
           "usblib - DeviceClass - [LIB]: TX:d100\n",
           "DEBUG:DeviceClass:TX:d100\n",
           "DEBUG: TX:D100\n",
           "2023-05-01 12:00:00,123 - DeviceClass - DEBUG - TX:d100\n",
           "[12:00:01]: TX:d100\n",
           "DeviceClass.UsbClass - [LIB]: \x1b[95mTX:d100\x1b[0m\n",
           "DeviceClass - [LIB]: [95mTX:d100[0m\n",
           "   > DeviceClass - [LIB]: TX:d100  \n",
           "> > TX:d100\n",
           "`TX:d100`\n",
           "TX:b'd100'\n",
           "\xc2\xa0TX:d1\xe2\x80\x8b"
           "00\n",
           "Done |----------| 0.0%\rDeviceClass - [LIB]: TX:d100\n",
           "\xef\xbb\xbfTX:d100\n",
       }) {
    EXPECT_THAT(Transfers(line), ElementsAre("> bytes d100")) << line;
  }
}

// As a terminal of any width breaks them.
TEST(MtkclientLog, JoinsALineThatWasBrokenWithinAWord) {
  const std::string line = "DeviceClass - [LIB]: TX:d100";
  for (std::size_t at = 1; at < line.size(); ++at) {
    const std::string broken = line.substr(0, at) + "\n" + line.substr(at) + "\n";
    EXPECT_THAT(Transfers("RX:5f\n" + broken + "RX:00\n"),
                ElementsAre("< bytes 5f", "> bytes d100", "< bytes 00"))
        << broken;
  }
}

TEST(MtkclientLog, ReadsWhatPowershellSaved) {
  std::string text = "\xff\xfe";
  for (const char c : std::string_view("TX:d1\r\nRX:d1\r\n")) text += {c, '\0'};
  EXPECT_THAT(Transfers(text), ElementsAre("> bytes d1", "< bytes d1"));
}

TEST(MtkclientLog, SkipsFencesProseAndQuotes) {
  EXPECT_THAT(Transfers("# Bug\nIt hangs, see here (RX: nothing comes):\n\n```shell\n"
                        "DeviceClass - [LIB]: TX:a0\n```\n> and then\n\nRX:5f\n"),
              ElementsAre("> bytes a0", "< bytes 5f"));
}

TEST(MtkclientLog, TellsOfATransferThatIsUnreadable) {
  EXPECT_THAT(
      Transfers("TX:a0\nDeviceClass - [LIB]: RX:<bytearray>\nRX: it says\n"),
      ElementsAre("> bytes a0", "gap line 2: a transfer whose bytes are not there as digits"));
}

TEST(MtkclientLog, TakesTimesOfDayOverMidnight) {
  const ReadTrace trace = ReadLog("[23:59:59.5]: TX:a0\n[00:00:00.5]: RX:5f\n");
  ASSERT_EQ(trace.events.size(), 2U);
  EXPECT_EQ(trace.events[1].time - trace.events[0].time, std::chrono::seconds(1));
}

TEST(MtkclientLog, TakesDates) {
  const ReadTrace trace = ReadLog("2023-12-09 03:06:36,695 TX:a0\n");
  ASSERT_EQ(trace.events.size(), 1U);
  EXPECT_EQ(trace.events[0].time, std::chrono::milliseconds(1702091196695));
}

TEST(MtkclientLog, JoinsALineThatTheWriterBroke) {
  EXPECT_THAT(Transfers("DeviceClass - [LIB]: TX:0102\n0304\n05\nDeviceClass\n"
                        "DeviceClass - [LIB]: TX:06\nDe\nD\n"),
              ElementsAre("> bytes 0102030405", "> bytes 06"));
}

TEST(MtkclientLog, JoinsALineThatWasBrokenWithinAByte) {
  EXPECT_THAT(Transfers("TX:010\n203\nRX:04\n"), ElementsAre("> bytes 010203", "< bytes 04"));
}

TEST(MtkclientLog, KeepsTheLengthOfACutRead) {
  EXPECT_THAT(
      Transfers("USB read: length(0x8)\nRX:0102...\nUSB read: length(0x4)\nRX:010203\n"
                "USB read: length(0x4)\nRX:0102030\n"),
      ElementsAre("< bytes 0102 of 8", "gap line 2: the line is cut: 2 of 8 bytes are there",
                  "< bytes 010203 of 4", "gap line 4: the line is cut: 3 of 4 bytes are there",
                  "< bytes 010203 of 4", "gap line 6: the line is cut: 3 of 4 bytes are there"));
}

// A read of 4 GiB is none, whatever the line in front says.
TEST(MtkclientLog, ALengthThatNoTransferHasIsAGap) {
  const auto gap = [](int line, const std::string& told, int kept) {
    return "gap line " + std::to_string(line) + ": " + told +
           " bytes are told of, and one transfer has 64 MiB at most: " + std::to_string(kept) +
           " are in the log, and how many there were is not known";
  };
  EXPECT_THAT(Transfers("TX:a0\nUSB read: length(0xffffffff)\nRX:5f\n"),
              ElementsAre("> bytes a0", "< bytes 5f", gap(3, "4294967295", 1)));
  EXPECT_THAT(Transfers("TX:a0\nUSB read: length(0x4000001)\nRX:5f...\nTX:0a\n"),
              ElementsAre("> bytes a0", "< bytes 5f", gap(3, "67108865", 1), "> bytes 0a"));
  EXPECT_THAT(Transfers("TX:a0\nUSB read: length(0xfffffffffffffffff)\nTX:0a\n"),
              ElementsAre("> bytes a0", gap(2, "2^64 or more", 0), "> bytes 0a"));
  EXPECT_THAT(Transfers("TX:a0\nUSB read: length(0x4000000)\nRX:5f...\n"),
              ElementsAre("> bytes a0", "< bytes 5f of 67108864",
                          "gap line 3: the line is cut: 1 of 67108864 bytes are there"));
  EXPECT_THAT(Transfers("TX:efeeeefe01000000ffffffff\nTX:<?xml?>\nRX:01\n"),
              ElementsAre("> bytes efeeeefe01000000ffffffff",
                          "gap line 2: the log has 7 bytes of XML where the header announced "
                          "4294967295",
                          "< bytes 01"));
}

TEST(MtkclientLog, AShortReadMayBeWholeWhereWholePacketsWereAskedFor) {
  EXPECT_THAT(Transfers("USB read: length(0x200)\nRX:0102\nSERIAL read: length(0x4)\nRX:03\n"),
              ElementsAre("< bytes 0102",
                          "gap line 2: 2 of 512 bytes that were asked for: whether more came is "
                          "not known",
                          "< bytes 03",
                          "gap line 4: 1 of 4 bytes that were asked for: whether more came is not "
                          "known"));
}

TEST(MtkclientLog, ReadsTheLengthThatALineBreakSplits) {
  EXPECT_THAT(Transfers("USB echo: len\ngth(0x2)\nRX:01\nUSB echo: length(0x\n2)\nRX:0203\n"),
              ElementsAre("< bytes 01 of 2", "gap line 3: the line is cut: 1 of 2 bytes are there",
                          "< bytes 0203"));
}

TEST(MtkclientLog, TellsThatTheTailOfABrokenLineIsUnreadable) {
  const std::string gap =
      "gap line 1: the line is cut behind 2 bytes; how many there were is not known";
  for (const char* tail : {"AB\n", "\nadded\n", "0304050607zz\n"}) {
    const std::vector<std::string> lines =
        Transfers(std::string("TX:d10a\n") + tail + "DeviceClass\nTX:06\n");
    EXPECT_THAT(lines, ElementsAre("> bytes d10a", gap, "> bytes 06")) << tail;
  }
  EXPECT_THAT(
      Transfers("TX:0102\n0304...\nTX:06\n"),
      ElementsAre("> bytes 01020304",
                  "gap line 1: the line is cut behind 4 bytes; how many there were is not known",
                  "> bytes 06"));
  EXPECT_THAT(Transfers("TX:D10A\nAB\nTX:06\n"), ElementsAre("> bytes d10aab", "> bytes 06"));
}

// A line of one thread within another one's: what stands in front of it is no transfer by itself.
TEST(MtkclientLog, ATransferThatAnotherThreadInterruptedIsNotWhole) {
  const std::string cut =
      "gap line 1: the line is cut behind 1 bytes; how many there were is not known";
  EXPECT_THAT(Transfers("TX:d1\nUSB echo: length(0x1)\n00\nRX:d1\nTX:0a\n"),
              ElementsAre("> bytes d1", cut, "< bytes d1", "> bytes 0a"));
  EXPECT_THAT(Transfers("TX:d1\nTimed out\n\n0002\nTX:0a\n"),
              ElementsAre("> bytes d1", cut, "< failure timeout", "> bytes 0a"));
  EXPECT_THAT(Transfers("TX:d1\nPreloader - Status: 1\n00\nRX:d1\n"),
              ElementsAre("> bytes d1",
                          "gap line 3: digits that belong to no line in front of them: lines of "
                          "several threads are mixed, and a transfer above is not whole",
                          "< bytes d1"));
}

// From there on digits below a line may be another one's.
TEST(MtkclientLog, DigitsBelowALineAreNotTakenWhereLinesAreMixed) {
  const std::string tail = "TX:01\n02\nTX:0a\n";
  EXPECT_THAT(Transfers("TX:a0\n" + tail), ElementsAre("> bytes a0", "> bytes 0102", "> bytes 0a"));
  EXPECT_THAT(
      Transfers("TX:d1DeviceClass - [LIB]: RX:5f\n" + tail),
      ElementsAre("gap line 1: a transfer whose bytes are not there as digits", "> bytes 01",
                  "gap line 2: the line is cut behind 1 bytes; how many there were is not known",
                  "> bytes 0a"));
  EXPECT_THAT(
      Transfers("TX:d1\nUSB echo: length(0x1)\n00\nRX:d1\n" + tail),
      ElementsAre("> bytes d1",
                  "gap line 1: the line is cut behind 1 bytes; how many there were is not known",
                  "< bytes d1", "> bytes 01",
                  "gap line 5: the line is cut behind 1 bytes; how many there were is not known",
                  "> bytes 0a"));
}

TEST(MtkclientLog, NumbersOfPeopleAreNoDigitsOfATransfer) {
  EXPECT_THAT(Transfers("TX:a0\n```\none\ntwo\nthree\nfour\nfive\n2023\nRX:5f\n"),
              ElementsAre("> bytes a0", "< bytes 5f"));
  EXPECT_THAT(Transfers("TX:a0\nIt hangs\nadded\nRX:5f\n"),
              ElementsAre("> bytes a0", "< bytes 5f"));
}

TEST(MtkclientLog, TellsOfBytesInAnotherForm) {
  for (const char* line : {"TX: 0x10007000\n", "TX:b'\\xd8\\x00'\n", "TX: b'\\xd8'\n",
                           "RX: 12 bytes\n", "RX:d8zz\n", "RX: [216, 0]\n"}) {
    EXPECT_THAT(
        Transfers(std::string("TX:a0\n") + line),
        ElementsAre("> bytes a0", "gap line 2: a transfer whose bytes are not there as digits"))
        << line;
  }
}

TEST(MtkclientLog, TellsWhereAWriteIsCut) {
  EXPECT_THAT(
      Transfers("TX:010203...\nTX:0102 [truncated]\nTX:01\n"),
      ElementsAre("> bytes 010203",
                  "gap line 1: the line is cut behind 3 bytes; how many there were is not known",
                  "> bytes 0102",
                  "gap line 2: the line is cut behind 2 bytes; how many there were is not known",
                  "> bytes 01"));
}

TEST(MtkclientLog, TellsThatTheLogEndsWithinALine) {
  EXPECT_THAT(
      Transfers("TX:a0\nTX:0102"),
      ElementsAre("> bytes a0", "> bytes 0102",
                  "gap line 2: the line is cut behind 2 bytes; how many there were is not known"));
  EXPECT_THAT(Transfers("USB read: length(0x2)\nRX:0102"), ElementsAre("< bytes 0102"));
}

TEST(MtkclientLog, TellsOfAReadThatIsMissing) {
  EXPECT_THAT(Transfers("TX:a0\nUSB echo: length(0x1)\nTX:0a\nUSB echo: length(0x1)\nRX:f5\n"),
              ElementsAre("> bytes a0",
                          "gap line 2: 1 bytes were asked for, and what came is not in the log",
                          "> bytes 0a", "< bytes f5"));
}

TEST(MtkclientLog, TellsOfAHandshakeThatIsMissing) {
  EXPECT_THAT(Transfers("Port - Device detected :)\nTX:fd\n"),
              ElementsAre("gap line 1: the handshake in front of this line is not in the log",
                          "> bytes fd"));
  EXPECT_THAT(Transfers("TX:a0\nRX:5f\nPort - Device detected :)\nTX:fd\n"),
              ElementsAre("> bytes a0", "< bytes 5f", "> bytes fd"));
}

TEST(MtkclientLog, TakesEachMessageOnceWhereALogHasItTwice) {
  const ReadTrace trace = ReadLog(
      "TX:a0\nTX:a0\n"
      "USB read: length(0x1)\nUSB read: length(0x1)\nRX:5f\nRX:5f\n"
      "TX:0a\nTX:0a\nTX:0a\nTX:0a\n"  // two writes
      "USB read: length(0x1)\nUSB read: length(0x1)\nRX:f5\nRX:f5\n");
  EXPECT_THAT(Transfers(trace),
              ElementsAre("> bytes a0", "< bytes 5f", "> bytes 0a", "> bytes 0a", "< bytes f5"));
  EXPECT_THAT(trace.lines[0], HasSubstr("each message 2 times"));
}

TEST(MtkclientLog, KnowsTheNumberOfCopiesByTheListsOfCalls) {
  const std::string stack = "['  File \"mtk.py\", line 1']\n";
  EXPECT_THAT(Transfers(stack + stack + "TX:a0\nTX:a0\n" + stack + stack + "TX:a0\nTX:a0\n"),
              ElementsAre("> bytes a0", "> bytes a0"));
  EXPECT_THAT(Transfers(stack + "TX:a0\n" + stack + "TX:a0\n"),
              ElementsAre("> bytes a0", "> bytes a0"));
}

// As `grep -E 'TX|RX'` leaves them: nothing but the transfers tells how often each is there.
TEST(MtkclientLog, KnowsTheNumberOfCopiesByTheTransfersAlone) {
  const auto doubled = [](const std::vector<std::string>& lines, std::size_t times) {
    std::string text;
    for (const std::string& line : lines) {
      for (std::size_t i = 0; i < times; ++i) {
        text += (i % 2 == 1 ? "DeviceClass - [LIB]: " : "") + line + "\n";
      }
    }
    return text;
  };
  const std::vector<std::string> lines = {"TX:fd", "RX:fd", "RX:0766", "RX:0000", "RX:0000"};
  const auto once =
      ElementsAre("> bytes fd", "< bytes fd", "< bytes 0766", "< bytes 0000", "< bytes 0000");
  for (const std::size_t times : {1U, 2U, 3U, 4U}) {
    const ReadTrace trace = ReadLog(doubled(lines, times));
    EXPECT_THAT(Transfers(trace), once) << times;
    if (times == 1) continue;
    EXPECT_EQ(trace.lines[0], "comment the log has each message " + std::to_string(times) +
                                  " times; one of each is taken");
  }
  // Two reads that are the same, in a log that has each once.
  EXPECT_THAT(Transfers("TX:fd\nTX:fd\nRX:fd\nRX:fd\nRX:0766\n"),
              ElementsAre("> bytes fd", "> bytes fd", "< bytes fd", "< bytes fd", "< bytes 0766"));
  // Too little, and one direction alone.
  EXPECT_THAT(Transfers("TX:a0\nTX:a0\nRX:5f\nRX:5f\n"),
              ElementsAre("> bytes a0", "> bytes a0", "< bytes 5f", "< bytes 5f"));
  EXPECT_THAT(Transfers("TX:a0\nTX:a0\nTX:0a\nTX:0a\nTX:50\nTX:50\n"),
              ElementsAre("> bytes a0", "> bytes a0", "> bytes 0a", "> bytes 0a", "> bytes 50",
                          "> bytes 50"));
}

// A doubled log that lost a line has a gap there.
TEST(MtkclientLog, ADoubledLogMayLackALine) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "TX:fd\nTX:fd\nRX:fd\nRX:fd\n";
  text += "TX:0a\nTX:0a\nTX:0a\nRX:01\nRX:01\n";
  const std::vector<std::string> lines = Transfers(text);
  ASSERT_EQ(lines.size(), 84U);
  EXPECT_THAT(lines[80], HasSubstr("the log has this message in another number"));
  EXPECT_EQ(lines[81], "> bytes 0a");
}

TEST(MtkclientLog, KeepsWritesThatAreTheSame) {
  EXPECT_THAT(Transfers("TX:a0\nTX:a0\nUSB read: length(0x1)\nRX:5f\n"),
              ElementsAre("> bytes a0", "> bytes a0", "< bytes 5f"));
}

TEST(MtkclientLog, TellsOfACopyThatIsMissing) {
  const std::vector<std::string> lines = Transfers(
      "TX:a0\nTX:a0\nTX:a0\nUSB read: length(0x1)\nUSB read: length(0x1)\nRX:5f\nRX:5f\n");
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_THAT(lines[0], HasSubstr("gap line 1: the log has this message in another number"));
}

TEST(MtkclientLog, ReadsXml) {
  const std::string header = "TX:efeeeefe010000000c000000\n";
  EXPECT_THAT(Transfers(header + "TX:<?xml?></da>\nUSB read: length(0x2)\nRX:4f4b\n"),
              ElementsAre("> bytes efeeeefe010000000c000000", "> bytes 3c3f786d6c3f3e3c2f64613e",
                          "< bytes 4f4b"));
}

TEST(MtkclientLog, JoinsTheLinesOfXml) {
  const std::string header = "RX:efeeeefe010000000e000000\nUSB read: length(0xe)\n";
  const std::string text = header + "RX:<?xml?>\nRX:</da>" + '\0' + "\nTX:4f4b00\n";
  EXPECT_THAT(Transfers(text),
              ElementsAre("< bytes efeeeefe010000000e000000",
                          "< bytes 3c3f786d6c3f3e0a3c2f64613e00", "> bytes 4f4b00"));
}

TEST(MtkclientLog, TellsOfTheZeroThatATerminalDoesNotShow) {
  EXPECT_THAT(Transfers("TX:efeeeefe0100000008000000\nTX:&lt;?xml?&gt;\nRX:01\n"),
              ElementsAre("> bytes efeeeefe0100000008000000", "> bytes 3c3f786d6c3f3e of 8",
                          "gap line 2: the last of 8 bytes is not in the log", "< bytes 01"));
}

TEST(MtkclientLog, TakesNothingOfXmlThatIsNotWhole) {
  EXPECT_THAT(Transfers("TX:efeeeefe010000000c000000\nTX:<?xml?>\nTX:<a\nRX:01\n"),
              ElementsAre("> bytes efeeeefe010000000c000000", "> bytes of 12",
                          "gap line 2: the log has 10 bytes of XML where the header announced 12",
                          "< bytes 01"));
}

TEST(MtkclientLog, AFailedReadIsAFailure) {
  EXPECT_THAT(Transfers("TX:a0\nDeviceClass - [LIB]: Timed out\nDeviceClass - [LIB]: Timed out\n"
                        "USB read: length(0x1)\nRX:5f\nTX:0a\nDeviceClass - [LIB]: Timed out\n"
                        "TX:0a\n[LIB]: USB Overflow\nDeviceClass - [LIB]: Device disconnected\n"),
              ElementsAre("> bytes a0", "< bytes 5f", "> bytes 0a", "< failure timeout",
                          "> bytes 0a", "< failure line", "< failure disconnected", "detached"));
}

TEST(MtkclientLog, AReadOfASerialPortThatGotNothingIsATimeout) {
  EXPECT_THAT(Transfers("TX:a0\nSERIAL read: length(0x1)\nRX:\nTX:a0\n"),
              ElementsAre("> bytes a0", "< failure timeout", "> bytes a0"));
  EXPECT_THAT(Transfers("TX:a0\nUSB read: length(0x1)\nRX:\nTX:\n"),
              ElementsAre("> bytes a0", "< bytes of 1",
                          "gap line 3: the line is cut: 0 of 1 bytes are there", "> bytes"));
}

TEST(MtkclientLog, TellsWhereSeveralSessionsWereJoined) {
  EXPECT_THAT(Transfers("MTK Flash/Exploit Client V1\nTX:a0\nMTK Flash/Exploit Client V1\nTX:0a\n"),
              ElementsAre("> bytes a0",
                          "gap line 3: mtkclient was started anew; what the phone did meanwhile is "
                          "not known",
                          "> bytes 0a"));
}

TEST(MtkclientLog, RefusesALogWithoutTransfers) {
  const ReadTrace trace =
      ReadLog("Preloader - HW code: 0x6580\nPort - Device detected :)\n", {.format = "mtkclient"});
  EXPECT_EQ(trace.code, ErrorCode::kInvalidInput);
  EXPECT_THAT(trace.error, HasSubstr("none of its 2 lines is TX: or RX: with hex digits behind"));
  EXPECT_THAT(trace.lines, IsEmpty());
}

TEST(MtkclientLog, CutsALineThatIsTooLong) {
  const std::string line = "TX:" + std::string(std::size_t{9} << 20, '0') + "\nRX:5f\n";
  const ReadTrace trace = ReadLog(line);
  ASSERT_EQ(trace.events.size(), 3U);
  EXPECT_EQ(trace.events[0].bytes.size(), (std::size_t{4} << 20) - 2);
  EXPECT_THAT(trace.lines[1], HasSubstr("gap line 1: the line is cut behind 4194302 bytes"));
  EXPECT_EQ(trace.lines[2], "< bytes 5f");
  EXPECT_EQ(trace.events[2].packet, 2U);
}

}  // namespace
}  // namespace mtkrig::traces
