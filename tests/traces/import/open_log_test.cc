// Which tool wrote a log, and what becomes of it in other formats.

#include <gmock/gmock.h>

#include "log_testing.h"
#include "traces/import/open_log.h"

namespace mtkrig::traces {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kDump = "send (1):\na0 |.|\n";
constexpr std::string_view kMtkclient = "TX:a0\nRX:5f\n";

TEST(OpenLog, FindsALogFarDownInAReport) {
  std::string text = "# A heading, as in .wire\n";
  for (int i = 0; i < 20000; ++i) text += "words, and more words, of a person\n";
  EXPECT_THAT(Transfers(text + std::string(kMtkclient)), ElementsAre("> bytes a0", "< bytes 5f"));
}

TEST(OpenLog, LogsOfSeveralToolsAreAmbiguous) {
  const std::string text = std::string(kDump) + std::string(kMtkclient);
  const ReadTrace trace = ReadLog(text);
  EXPECT_EQ(trace.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(trace.error, AllOf(HasSubstr("mtkclient (line 3)"), HasSubstr("mtk_dump (line 1)")));
  EXPECT_THAT(trace.hint, HasSubstr("--format"));
  EXPECT_THAT(Transfers(text, {.format = "mtk_dump"}), ElementsAre("> bytes a0"));
  EXPECT_THAT(Transfers(text, {.format = "mtkclient"}), ElementsAre("> bytes a0", "< bytes 5f"));
}

TEST(OpenLog, AQuotedLineOfAnotherToolDoesNotConfuse) {
  std::string text(kDump);
  for (int i = 0; i < 9; ++i) text += kMtkclient;
  EXPECT_EQ(Transfers(text).size(), 18U);
}

TEST(OpenLog, WireTextStaysWireText) {
  EXPECT_THAT(Transfers("# TX:a0 is what mtkclient says\n[+1s] > a0\n< \"READY\"\n! timeout\n"),
              ElementsAre("> bytes a0", "< bytes 5245414459", "< failure timeout"));
  // With a mistake: the error is of the format that it was meant to be.
  EXPECT_THAT(ReadLog("> a0\n> b\n").error, HasSubstr("log.txt:2: two hex digits a byte"));
}

// However much of .wire text its first line may look like.
TEST(OpenLog, ALogOfOneLineIsRecognized) {
  for (const char* line : {
           "TX:fd",
           "[LIB]: TX:fd",
           "[LIB]: TX:\nfd",
           "[LIB]: T\nX:fd",
           "[12:00:00]: [LIB]: TX:fd",
           "> [LIB]: TX:fd",
           "# Report\n    [LIB]: TX:fd",
           "# Report\n    TX:fd",
           "@somebody TX:fd",
           "! TX:fd",
           "[]\nTX:fd",
           "send (1):\nfd |.|",
           "# Report\n\tsend (1):\n\tfd |.|",
           "> send (1):\n> fd |.|",
           "[2023-12-09 03:07:07,001] <BROM I/O> -> FD",
           "-> 0xFD",
           "> -> 0xFD",
           "-> CMD(0xFD)",
           "[12:00:00]: -> 0xFD",
           "[pid 11] write(3, \"\\xfd\", 1) = 1",
       }) {
    // Without a line end more may have stood there, which some tools' logs tell.
    EXPECT_EQ(Transfers(line).at(0), "> bytes fd") << line;
    EXPECT_THAT(Transfers(std::string(line) + "\r\n"), ElementsAre("> bytes fd")) << line;
  }
  EXPECT_THAT(Transfers("[LIB]: TX:fd\n[LIB]: RX:fd\n"), ElementsAre("> bytes fd", "< bytes fd"));
  EXPECT_THAT(Transfers("<- ACK(0x5A)\n"), ElementsAre("< bytes 5a"));
  EXPECT_THAT(Transfers("[LIB]: USB read: length(0x1)\n[LIB]: RX:fd\n"), ElementsAre("< bytes fd"));
  // The digits of a line that was broken are quoted as well, and are no transfer.
  EXPECT_THAT(Transfers("> [LIB]: TX:fd\n> 0102\n"), ElementsAre("> bytes fd0102"));
}

TEST(OpenLog, ALogOfOneLineWithoutBytesIsALog) {
  const ReadTrace trace = ReadLog("[LIB]: USB read: length(0x4)\n");
  EXPECT_THAT(trace.error, HasSubstr("none of its 1 lines is TX: or RX:"));
}

// Whatever it quotes, and also where it has a mistake: the error is about .wire text then.
TEST(OpenLog, WireTextIsNoLog) {
  EXPECT_THAT(Transfers("> fd"), ElementsAre("> bytes fd"));
  EXPECT_THAT(Transfers("< fd\n"), ElementsAre("< bytes fd"));
  EXPECT_THAT(Transfers("> \"TX:fd\"\n"), ElementsAre("> bytes 54583a6664"));
  EXPECT_THAT(Transfers("# [LIB]: TX:fd\n# -> 0xFD\n> 00\n"), ElementsAre("> bytes 00"));
  EXPECT_THAT(Transfers("@ about [LIB]: TX:fd\n> 00 # TX:fd\n"), ElementsAre("> bytes 00"));
  EXPECT_THAT(Transfers("> 00\n  \"TX:fd\"\n"), ElementsAre("> bytes 0054583a6664"));
  EXPECT_THAT(Transfers("! stall\n"), ElementsAre("< failure stall"));
  for (const char* text : {
           "@ wire 1\nTX:fd\n[LIB]: TX:fd\n",
           "@ phase TX:fd\n> [LIB]: TX:fd\n",
           "[+1ms ~2us] > a0\n> zz TX:fd\n",
           "> a0\nsend (1):\n[~2us] ! stall\n",
       }) {
    const ReadTrace trace = ReadLog(text);
    EXPECT_THAT(trace.error, HasSubstr("log.txt:2: ")) << text;
    EXPECT_EQ(trace.facts.tool, "") << text;
  }
  // What stands in front may be long.
  std::string licence;
  for (int i = 0; i < 500; ++i) licence += "# TX:fd is a line of mtkclient\n";
  EXPECT_THAT(Transfers(licence + "> 00\n"), ElementsAre("> bytes 00"));
  EXPECT_THAT(Transfers(licence + "[LIB]: TX:fd\n"), ElementsAre("> bytes fd"));
}

std::string Repeat(std::string_view what, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += what;
  return text;
}

// More of them than is looked at once told nothing but that it could be .wire text.
TEST(OpenLog, HoweverLongTheCommentsInFrontAre) {
  for (const std::string_view comment :
       {"# a report, or a licence\n", "  # TX:fd is quoted\r\n", "#\n\n"}) {
    const std::string front = "\xef\xbb\xbf" + Repeat(comment, 200'000 / comment.size());
    for (const std::string& text : {front, front.substr(3)}) {
      EXPECT_THAT(Transfers(text + "[LIB]: TX:fd\n"), ElementsAre("> bytes fd")) << comment;
      EXPECT_THAT(Transfers(text + "TX:fd\n# more\nRX:fd\n"),
                  ElementsAre("> bytes fd", "< bytes fd"))
          << comment;
      EXPECT_THAT(Transfers(text + "> 00\n"), ElementsAre("> bytes 00")) << comment;
      EXPECT_THAT(Transfers(text + "> 00\n  \"TX:fd\"\n"), ElementsAre("> bytes 0054583a6664"));
    }
    EXPECT_THAT(Transfers(Repeat(comment, 9)), ElementsAre()) << "comments alone are .wire text";
  }
  EXPECT_THAT(Transfers("# " + Repeat("long ", 100'000) + "\n[LIB]: TX:fd\n"),
              ElementsAre("> bytes fd"));
}

TEST(OpenLog, BehindManyMebibytesOfCommentsTheToolIsToBeNamed) {
  const std::string line = "# a report" + Repeat(", and more", 1000) + "\n";
  EXPECT_THAT(Transfers(Repeat(line, 900) + "TX:fd\n"), ElementsAre("> bytes fd"));
  const std::string comments = Repeat(line, 1400);
  EXPECT_THAT(Transfers(comments + "> 00\n"), ElementsAre("> bytes 00"));
  EXPECT_THAT(ReadLog(comments + "TX:fd\n").error, HasSubstr("log.txt:1401: "));
  EXPECT_THAT(Transfers(comments + "TX:fd\n", {.format = "mtkclient"}), ElementsAre("> bytes fd"));
}

// Up to the longest line that logs have. What is looked at first of a file is less.
TEST(OpenLog, ALogWhoseFirstLineIsLongIsALog) {
  std::string good;
  for (int i = 0; i < 50; ++i) good += "[LIB]: TX:a1\n[LIB]: RX:5e\n";
  for (const std::size_t bytes : {20'000U, 33'000U, 600'000U, 2'500'000U, 4'000'000U}) {
    const std::string data = Repeat("a0", bytes);
    for (const char* front : {"[LIB]: TX:", "> [LIB]: TX:", "[12:00:00]: [LIB]: TX:"}) {
      const ReadTrace trace = ReadLog(front + data + "\n" + good);
      EXPECT_EQ(trace.error, "") << front << bytes;
      const std::vector<std::string> lines = Transfers(trace);
      ASSERT_EQ(lines.size(), 101U) << front << bytes;
      EXPECT_TRUE(lines[0] == "> bytes " + data) << front << bytes;
      EXPECT_EQ(lines[100], "< bytes 5e");
    }
    EXPECT_EQ(Transfers("[a] " + std::string(2 * bytes, 'z') + "\n" + good).size(), 100U);
    EXPECT_EQ(Transfers("# " + std::string(2 * bytes, 'z') + "\n" + good).size(), 100U);
  }
}

TEST(OpenLog, WireTextWhoseFirstLineIsLongIsWireText) {
  const std::string data = Repeat("a0", 200'000);
  for (const char* front : {"> ", ">", "> ep2 ", "[+1ms ~20us] > ", "@ wire 1\n> ", "> a0\n< "}) {
    const ReadTrace trace = ReadLog(front + data + "\n< \"TX:fd\"\n");
    EXPECT_EQ(trace.error, "") << front;
    EXPECT_EQ(trace.facts.tool, "") << front;
    ASSERT_GE(trace.lines.size(), 2U) << front;
    EXPECT_EQ(trace.lines.back(), "< bytes 54583a6664");
  }
  // Also with a comment of any length in front.
  EXPECT_THAT(Transfers("# " + Repeat("z", 100'000) + "\n> 00\n"), ElementsAre("> bytes 00"));
  EXPECT_THAT(ReadLog("> " + data + "zz\n> [LIB]: TX:fd\n").error, HasSubstr("log.txt:1: "));
}

TEST(OpenLog, AMistakeInTheFirstLineOfWireTextTellsHowALogIsNamed) {
  for (const char* text : {"[LIB] nothing of interest\n", "\n \n! nothing\n> a0\n"}) {
    const ReadTrace trace = ReadLog(text);
    EXPECT_EQ(trace.code, ErrorCode::kInvalidInput) << text;
    EXPECT_THAT(trace.hint, AllOf(HasSubstr("--format mtkclient"), HasSubstr("strace"))) << text;
  }
  EXPECT_EQ(ReadLog("> a0\n> b\n").hint, "");
}

TEST(OpenLog, AnUnknownFormatIsNamed) {
  const ReadTrace trace = ReadLog(kMtkclient, {.format = "mtk"});
  EXPECT_EQ(trace.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(trace.hint, HasSubstr("capture, wire, mtkclient, mtk_dump, spft-replay, flash-tool, "
                                    "strace"));
}

TEST(OpenLog, ALogWithoutTransfersSaysWhatWasLookedFor) {
  for (const std::string& format : LogFormatNames()) {
    const ReadTrace trace = ReadLog("nothing\nof interest\n", {.format = format});
    EXPECT_EQ(trace.code, ErrorCode::kInvalidInput) << format;
    EXPECT_THAT(trace.error, HasSubstr("log.txt")) << format;
    EXPECT_NE(trace.hint, "") << format;
  }
  EXPECT_THAT(ReadLog("nothing\nof interest\n").error, HasSubstr("nor a log of mtkclient"));
}

TEST(OpenLog, AGapIsNoTransfer) {
  EXPECT_EQ(ReadLog("USB read: length(0x4)\nTX:...\n", {.format = "mtkclient"}).code,
            ErrorCode::kInvalidInput);
}

TEST(OpenLog, EachLogSurvivesOtherFormats) {
  for (const char* text : {
           "[12:00:00]: TX:a0\n[12:00:01]: USB read: length(0x2)\n[12:00:02]: RX:5f...\n"
           "Preloader - HW code: 1\nTX:\n[LIB]: USB Overflow\n",
           "send (20):\n00 01\nrecv (1):\n5f |_|\nconnection closed\n",
           "[2023-12-09 03:07:07,055] <INFO> Found device\n"
           "[2023-12-09 03:07:07,055] <INFO> Handshake completed!\n"
           "[2023-12-09 03:07:07,061] <REPLAY> Disable watchdog\n",
           "-> 0xA0\n<- 0x5F\nWriteData(4)\n",
           "1700000000.5 write(3, \"\\xa0\"..., 9) = 9 <0.25>\nread(3, \"\", 1) = 0\n",
       }) {
    const ReadTrace log = ReadLog(text);
    ASSERT_EQ(log.error, "") << text;
    const ReadTrace wire = ReadBytes(WriteAs<WireWriter>(log.events, log.facts));
    const ReadTrace pcapng = ReadBytes(WriteAs<PcapngWriter>(wire.events, wire.facts));
    EXPECT_EQ(wire.error, "");
    EXPECT_EQ(wire.lines, log.lines);
    EXPECT_EQ(pcapng.lines, log.lines);
    EXPECT_EQ(pcapng.facts.tool, log.facts.tool);
    ExpectSame(wire.events, pcapng.events);
  }
}

}  // namespace
}  // namespace mtkrig::traces
