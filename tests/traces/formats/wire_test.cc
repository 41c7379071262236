// The text format, as traces/README.md describes it.

#include <gmock/gmock.h>

#include "trace_testing.h"
#include "traces/formats/wire_text.h"

namespace mtkrig::traces {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kDigest =
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

TEST(Wire, ReadsASession) {
  const ReadTrace trace = ReadText(R"(@ wire 1
@ moniker emulator:mt6580
@ chip MT6580
@ tool mtkrig 0.1.0
@ seed 42
@ about Read back in the lab.
# A preloader that is in a hurry.

@ attach 0e8d:2000
@ phase handshake
< "READY"
> a0
< 5f
> 0a 50 05    # all at once
< f5 af
  fa
@ phase stage 1
> d7 00200000 00000002 00000100
< any 2 00 x3
> 00 x1000
! stall
@ detach
)");
  EXPECT_EQ(trace.error, "");
  EXPECT_EQ(trace.facts.moniker, "emulator:mt6580");
  EXPECT_EQ(trace.facts.chip, "MT6580");
  EXPECT_EQ(trace.facts.tool, "mtkrig 0.1.0");
  EXPECT_EQ(trace.facts.seed, "42");
  EXPECT_THAT(trace.facts.comments, ElementsAre("Read back in the lab."));
  EXPECT_THAT(
      trace.lines,
      ElementsAre("comment A preloader that is in a hurry.", "attached 0e8d2000", "phase handshake",
                  "< bytes 5245414459", "> bytes a0", "< bytes 5f", "comment all at once",
                  "> bytes 0a5005", "< bytes f5affa", "phase stage 1",
                  "> bytes d7002000000000000200000100", "< bytes 0000000000",
                  "> bytes " + std::string(2000, '0'), "< failure stall", "detached"));
  EXPECT_THAT(trace.events.at(11).any, ElementsAre(ByteRange{0, 2}));
  EXPECT_EQ(trace.events.at(4).packet, 12U);
  EXPECT_EQ(trace.events.at(4).endpoint, 1);
}

TEST(Wire, ReadsEveryKindOfTransfer) {
  const ReadTrace trace = ReadText(
      "> setup 2122030000000000\n"
      "< setup 8006 0001 0000 1200 data 1201 ... 18\n"
      "> setup 2020000000000000 ! stall\n"
      "> setup unknown data 01\n"
      "< ep2 other a1 20 ! cancelled\n"
      "> empty\n"
      "< 00112233 ... 1048576 sha256:" +
      std::string(kDigest) +
      "\n"
      "< ... 0x10\n"
      "< 01 ... 16 ! timeout\n"
      "> ep3 5a ! disconnected\n"
      "> ! line\n");
  EXPECT_EQ(trace.error, "");
  EXPECT_THAT(
      trace.lines,
      ElementsAre("> control setup 2122030000000000", "< control setup 8006000100001200 1201 of 18",
                  "> control stall setup 2020000000000000", "> control 01",
                  "< other cancelled a120", "> bytes", "< bytes 00112233 of 1048576",
                  "< bytes of 16", "< failure timeout 01 of 16", "> failure disconnected 5a",
                  "> failure line"));
  EXPECT_EQ(trace.events.at(4).endpoint, 2);
  EXPECT_EQ(trace.events.at(6).digest, kDigest);
  EXPECT_EQ(trace.events.at(9).endpoint, 3);
}

TEST(Wire, ReadsTimes) {
  const ReadTrace trace = ReadText(
      "@ start 2024-02-29T23:59:58.000000001Z\n"
      "> a0\n"
      "[+1.5s ~80us] < 5f\n"
      "[-5us] @ phase late\n"
      "[~1ns] > 0a\n");
  EXPECT_EQ(trace.error, "");
  const Duration start = 1'709'251'198s + 1ns;
  EXPECT_EQ(trace.events.at(0).time, start);
  EXPECT_EQ(trace.events.at(1).time, start + 1500ms);
  EXPECT_EQ(trace.events.at(1).latency, 80us);
  EXPECT_EQ(trace.events.at(2).time, start + 1500ms - 5us);
  EXPECT_EQ(trace.events.at(3).latency, 1ns);
}

TEST(Wire, RepeatsLines) {
  const ReadTrace trace = ReadText("> a0\n@ repeat 3 # thrice\n< 01\n  02\n> 03\n@ end\n< 04\n");
  EXPECT_THAT(trace.lines, ElementsAre("> bytes a0", "< bytes 0102", "> bytes 03", "< bytes 0102",
                                       "> bytes 03", "< bytes 0102", "> bytes 03", "< bytes 04"))
      << trace.error;
}

TEST(Wire, TakesFilesOfOtherSystems) {
  EXPECT_THAT(ReadText("\xef\xbb\xbf# hello\r\n> a0\r\n\t5f\r\n<\t01").lines,
              ElementsAre("comment hello", "> bytes a05f", "< bytes 01"));
}

struct Mistake {
  std::string text;
  std::uint64_t line;
  std::string message;
};

TEST(Wire, ALongReadIsSkippedInSeveralTransfers) {
  const ReadTrace most = ReadText("< 00 ... 0x4000000\n");
  ASSERT_EQ(most.events.size(), 1U) << most.error;
  EXPECT_EQ(most.events[0].length, std::uint64_t{64} << 20);
  // 32 GiB.
  const ReadTrace read = ReadText("@ repeat 512\n< ... 67108864\n@ end\n");
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.events.size(), 512U);
}

TEST(Wire, SaysWhereAndWhatWasExpected) {
  const std::string long_line = "> " + std::string(1'100'000, 'a') + "\n";
  const std::vector<Mistake> mistakes = {
      {"> a0\n< 5\n", 2, "two hex digits a byte expected, not '5'"},
      {"> zz\n", 1, "two hex digits a byte expected, not 'zz'"},
      {"> a0\n\n  5f\n", 3, "goes on with a transfer, and none is in front"},
      {"> a0\nhello\n", 2, "a line begins with > < ! @ # or ["},
      {">\n", 1, "no data"},
      {"> \"abc\n", 1, "quotes are opened and not closed"},
      {"> \"\\q\"\n", 1, "an unknown escape"},
      {"> a0 any\n", 1, "a number of bytes expected behind 'any'"},
      {"> any 99999999999\n", 1, "more than 64 MiB in one transfer"},
      {"> x5\n", 1, "'x' repeats bytes, and must follow some"},
      {"> a0 xy\n", 1, "a count expected behind 'x'"},
      {"> a0 x0\n", 1, "a count expected behind 'x'"},
      {"> 00 x99999999999\n", 1, "more than 64 MiB in one transfer"},
      {"> 00 ... 1\n", 1, "must be more than the 1 bytes in front"},
      // A line once stood for 4 GiB, and millions of repetitions for exbibytes.
      {"> a0\n< 00 ... 67108865\n", 2,
       "67108865 bytes in one transfer, where 64 MiB are the most: write several transfers"},
      {"> a0\n@ repeat 16385\n< ... 0x4000000\n@ end\n", 3,
       "the '@ repeat' of line 2 makes more than 1 TiB"},
      {"> 00 ... 4 5\n", 1, "only sha256:DIGEST, or '!' and a failure, can follow here"},
      {"> 00 ... 4 sha256:12\n", 1, "64 lower-case hex digits expected"},
      {"> 00 ! oops\n", 1, "timeout, stall, disconnected, cancelled or line expected"},
      {"> 00 ! stall 11\n", 1, "nothing can follow the failure, but '11' does"},
      {"> empty 00\n", 1, "nothing but '!' can follow 'empty'"},
      {"> setup 11\n< 00\n", 1, "8 bytes of set-up expected, 1 are there"},
      {"> setup 2122030000000000 11\n", 1, "'data' or '!' expected behind the set-up"},
      {"> ep16 00\n", 1, "ep0 to ep15 expected, not 'ep16'"},
      {"[+1] > 00\n", 1, "'+TIME', '-TIME' or '~DURATION' expected"},
      {"[+1us > 00\n", 1, "a ']' expected behind the time"},
      {"[+9223372036s] > 00\n[+9223372036s] > 00\n", 2, "a time beyond the year 2262"},
      {"[+1us]\n", 1, "nothing stands behind the time"},
      {"@ start yesterday\n", 1, "a time as 2024-05-01T12:00:00.5Z expected"},
      {"@ start 2023-02-29T00:00:00Z\n", 1, "a time as"},
      {"@ attach 0e8d\n", 1, "vendor and product expected as 0e8d:2000"},
      {"@ detach now\n", 1, "nothing expected behind '@ detach'"},
      {"@ phase \"x\n", 1, "quotes that do not close"},
      {"@ what is this\n", 1, "a fact: moniker, chip, tool, seed, about"},
      {"@ chip MT6580\n@ chip MT6580\n", 2, "'chip' is given twice"},
      {"> a0\n@ chip MT6580\n", 2, "facts stand in front"},
      {"@ wire 2\n", 1, "another version than 1"},
      {"> a0\n@ repeat\n@ end\n", 2, "a count from 1 to"},
      {"> a0\n@ repeat 1000000000\n> 00\n@ end\n", 2, "a count from 1 to 16777216"},
      {"> a0\n@ repeat 10000000\n> 00\n< 00\n@ end\n", 2, "make 20000000 lines"},
      {"> a0\n@ repeat 2\n< 00\n", 2, "no '@ end' closes this"},
      {"@ repeat 2\n@ repeat 2\n@ end\n@ end\n", 2, "a repetition inside a repetition"},
      // Going through blank lines a thousand million times would take a while.
      {"> a0\n@ repeat 10000000\n\n@ end\n", 2, "a repetition without a transfer"},
      {"> a0\n@ end\n", 2, "'@ end' without '@ repeat'"},
      {long_line, 1, "longer than 1 MiB"},
  };
  for (const Mistake& mistake : mistakes) {
    const ReadTrace trace = ReadText(mistake.text);
    EXPECT_EQ(trace.code, ErrorCode::kInvalidInput) << mistake.text.substr(0, 80);
    EXPECT_THAT(trace.error, HasSubstr("trace:" + std::to_string(mistake.line) + ": "))
        << mistake.text.substr(0, 80);
    EXPECT_THAT(trace.error, HasSubstr(mistake.message));
    EXPECT_TRUE(trace.offset.has_value());
  }
}

// The example that people learn the format from.
TEST(Wire, ReadsTheExampleOfTheReadme) {
  const Bytes readme = Slurp(MTKRIG_TRACES_README);
  const std::string text(readme.begin(), readme.end());
  const std::string_view begin = "```\n@ wire 1\n";
  const std::size_t at = text.find(begin);
  ASSERT_NE(at, std::string::npos);
  const std::size_t end = text.find("```", at + begin.size());
  const ReadTrace trace = ReadText(text.substr(at + 4, end - at - 4));
  EXPECT_EQ(trace.error, "");
  // Fourteen transfers and directives, four comments, and 2048 times two transfers.
  EXPECT_EQ(trace.lines.size(), 14U + 4U + 2 * 2048U);
  EXPECT_EQ(trace.lines.back(), "detached");
  ExpectSame(trace.events, ReadText(WriteText(trace.events, trace.facts)).events);
}

TEST(Wire, WhatStandsBeforeAMistakeIsRead) {
  const ReadTrace trace = ReadText("> a0\n< 5f\n> 0g\n");
  EXPECT_THAT(trace.lines, ElementsAre("> bytes a0", "< bytes 5f"));
  EXPECT_EQ(trace.offset, 10U);
}

TEST(Wire, WritesWhatPeopleLikeToRead) {
  Event attached;
  attached.kind = EventKind::kAttached;
  attached.usb_id = protocol::UsbId{0x0e8d, 0x2000};
  Event cut = BytesEvent(Direction::kToHost, Bytes{1, 2, 3}, 30us);
  cut.length = 1'048'576;
  cut.digest = kDigest;
  Event stall = BytesEvent(Direction::kToPhone, Bytes{0x5a}, 30us);
  stall.kind = EventKind::kFailure;
  stall.failure = Failure::kStall;
  Event any = BytesEvent(Direction::kToHost, Bytes{0x5a, 0, 0, 0x5a}, 30us);
  any.any = {{1, 2}};
  Event control;
  control.kind = EventKind::kControl;
  control.setup = {0x21, 0x22, 3, 0, 0, 0, 0, 0};
  control.time = 30us;
  Event read = BytesEvent(Direction::kToHost, FromText("READY"), 20us);
  read.latency = 4us;
  Bytes dump;
  for (int i = 0; i < 20; ++i) dump.push_back(static_cast<std::uint8_t>(i));
  dump.insert(dump.end(), 512, 0xff);
  dump.push_back(7);
  SessionFacts facts;
  facts.chip = "MT6580";
  const std::string text = WriteText(
      {attached, TextEvent(EventKind::kPhase, "handshake"), read,
       BytesEvent(Direction::kToPhone, Bytes{0xa0}, 30us), cut, stall, any, control,
       BytesEvent(Direction::kToHost, dump, 30us), BytesEvent(Direction::kToPhone, {}, 30us),
       BytesEvent(Direction::kToHost, FromText("<da>\n <x/>\n</da>\n"), 30us),
       TextEvent(EventKind::kComment, "done", 30us),
       TextEvent(EventKind::kGap, "two\nlines", 30us)},
      facts);
  EXPECT_EQ(text, R"(@ wire 1
@ chip MT6580
@ attach 0e8d:2000

@ phase handshake
[+20us ~4us] < "READY"
[+10us] > a0
< 01 02 03 ... 1048576
  sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
> 5a ! stall
< 5a any 2 5a
> setup 2122030000000000
< 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f
  10 11 12 13 ff x512 07
> empty
< "<da>\n"
  " <x/>\n"
  "</da>\n"
# done
@ gap "two\nlines"
)");
}

TEST(Wire, BeginsWithTheDateWhereItIsKnown) {
  EXPECT_EQ(WriteText({BytesEvent(Direction::kToPhone, Bytes{1}, 1'714'564'800s + 500ms)}),
            "@ wire 1\n@ start 2024-05-01T12:00:00.5Z\n> 01\n");
}

TEST(WireText, DurationsAreExact) {
  for (const auto& [count, text] : std::vector<std::pair<std::int64_t, std::string>>{
           {0, "0s"},
           {1, "1ns"},
           {999, "999ns"},
           {1000, "1us"},
           {1500, "1.5us"},
           {1'000'001, "1.000001ms"},
           {90'000'000'000, "90s"},
           {1'000'000'001, "1.000000001s"},
           {9'223'372'036'854'775'807, "9223372036.854775807s"}}) {
    EXPECT_EQ(FormatDuration(Duration(count)), text);
    EXPECT_EQ(ParseDuration(text), Duration(count)) << text;
  }
  for (const char* const wrong : {"", "1", "us", "1.us", ".5s", "1.0001us", "1.5ns", "-1s",
                                  "9223372036.854775808s", "99999999999999999999s", "1 s", "1m"}) {
    EXPECT_FALSE(ParseDuration(wrong).has_value()) << wrong;
  }
}

TEST(WireText, PointsInTimeAreExact) {
  for (const std::int64_t count :
       {std::int64_t{0}, std::int64_t{951'782'400'000'000'001},
        std::int64_t{1'709'251'199'999'999'999}, std::int64_t{9'200'000'000'000'000'000}}) {
    const std::string text = FormatPointInTime(Duration(count));
    EXPECT_EQ(ParsePointInTime(text), Duration(count)) << text;
  }
  EXPECT_EQ(FormatPointInTime(Duration(951'782'400'000'000'000)), "2000-02-29T00:00:00Z");
}

TEST(WireText, AnyTextReadsBackAsItWas) {
  for (const std::string& text :
       {std::string(), std::string("plain"), std::string(" lead"), std::string("\"quoted\""),
        std::string("C:\\new\\x41"), std::string("a\nb"), std::string("nul\0x", 5),
        std::string("caf\xc3\xa9"), std::string("\xff\xfe"), std::string("tab\t"),
        std::string("\\"), std::string("\\\n\\")}) {
    EXPECT_EQ(ParseText(FormatText(text)), text) << FormatText(text);
    EXPECT_EQ(FormatText(text).find('\n'), std::string::npos);
  }
}

TEST(Wire, ARecordingThatEndsInALineLosesThatLineOnly) {
  const std::string head = "@ wire 1\n@ tool mtkrig 0.1.0\n< 5f\n";
  for (const char* cut : {"< 5", "< aa", "> a0 0a", "[+1us", "@ gap", "< 00 ... 1048"}) {
    const ReadTrace trace = ReadText(head + cut);
    EXPECT_EQ(trace.error, "") << cut;
    EXPECT_THAT(trace.lines, ElementsAre("< bytes 5f", HasSubstr("in the middle of a line")))
        << cut;
  }
  // Editors of people leave out the last end.
  EXPECT_THAT(ReadText("@ wire 1\n< 5f\n> a0").lines, ElementsAre("< bytes 5f", "> bytes a0"));
}

}  // namespace
}  // namespace mtkrig::traces
