// What a host read of registers and memory may be anything, identities among it: it is left out,
// however it was read, and the result replays on both sides.

#include <gtest/gtest.h>

#include "tests/traces/redact/redact_testing.h"
#include "traces/replay/side_file.h"

namespace mtkrig::traces {
namespace {

using test::Bytes;
using test::Events;
using test::FromHex;
using test::Redacted;
using test::RedactEvents;
using test::StreamOf;

constexpr std::string_view kHandshake =
    "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n"
    "> fd\n< fd 6580 0000\n";
const Bytes kZeros(4);

std::vector<Event> WithHandshake(std::string_view script) {
  return Events(std::string(kHandshake) + std::string(script));
}

// What stands behind the answer to the first command, of the phone's side.
std::string Answers(const std::vector<Event>& events) {
  const Bytes stream = StreamOf(events, Direction::kToHost);
  return protocol::ToHex(ByteSpan(stream).subspan(9));
}

// READ32 or READ16 of `values`, all of them at once.
std::string Read(const std::string& command, const std::string& address, const std::string& count,
                 const std::string& values) {
  return "> " + command + "\n< " + command + "\n> " + address + "\n< " + address + "\n> " + count +
         "\n< " + count + " 0000\n< " + values + " 0000\n";
}

// The recorded host against the phone that was recorded, and against the one that is left.
void ExpectReplays(const std::vector<Event>& events, const Redacted& redacted) {
  test::ExpectPlaysAgainstItself(redacted.events);
  const auto settings = ParseSideFile(RedactedSideFile(redacted.report, {}), "side.yaml", ".");
  ASSERT_TRUE(settings) << settings.error().Describe();
  const auto phone = test::OpenReplay(events);
  ReplayHostOptions options;
  options.settings = *settings;
  ReplayHost host(std::make_unique<MemoryTraceReader>(redacted.events), *phone, std::move(options));
  const auto report = host.Run();
  ASSERT_TRUE(report) << report.error().Describe();
  EXPECT_FALSE(report->difference.has_value()) << report->difference->message;
}

TEST(RegisterRedaction, AnIdThatIsReadWordByWordGoes) {
  std::string script = "> e1\n< e1 00000010 7e92c0b4115dfa386c07d3e2489a5bf1 0000\n";
  for (const auto& [address, word] :
       {std::pair("11c50140", "7e92c0b4"), std::pair("11c50144", "115dfa38"),
        std::pair("11c50148", "6c07d3e2"), std::pair("11c5014c", "489a5bf1")}) {
    script += Read("d1", address, "00000001", word);
  }
  const std::vector<Event> events = WithHandshake(script);
  const Redacted redacted = RedactEvents(events);
  const Bytes all = test::EverythingOf(redacted);
  for (const char* word : {"7e92c0b4", "115dfa38", "6c07d3e2", "489a5bf1"}) {
    EXPECT_FALSE(test::Contains(all, FromHex(word))) << word;
  }
  EXPECT_EQ(redacted.report.content_bytes, 16U);
  EXPECT_EQ(Answers(redacted.events).substr(46), Answers(WithHandshake([] {
              std::string blank;
              for (const char* address : {"11c50140", "11c50144", "11c50148", "11c5014c"}) {
                blank += Read("d1", address, "00000001", "00000000");
              }
              return blank;
            }())));
  ExpectReplays(events, redacted);
}

TEST(RegisterRedaction, WhatStandsInMemoryGoesHoweverItIsRead) {
  // "IMEI490154203237518 Jane Doe +49"
  const std::string text = "494d4549343930313534323033323337353138204a616e6520446f65202b3439";
  for (const std::string& script :
       {Read("d1", "80000000", "00000008", text), Read("d0", "80000000", "00000010", text),
        // Without status words.
        "> af\n< af\n> 80000000\n< 80000000\n> 00000008\n< 00000008\n< " + text + "\n",
        "> a2\n< a2\n> 80000000\n< 80000000\n> 00000010\n< 00000010\n< " + text + "\n"}) {
    const std::vector<Event> events = WithHandshake(script);
    const Redacted redacted = RedactEvents(events);
    const Bytes stream = StreamOf(redacted.events, Direction::kToHost);
    EXPECT_FALSE(test::Contains(stream, FromHex("494d4549"))) << script;
    EXPECT_FALSE(test::Contains(stream, FromHex("4a616e65"))) << script;
    EXPECT_FALSE(test::Contains(stream, FromHex("202b3439"))) << script;
    EXPECT_EQ(redacted.report.content_bytes, 32U);
    EXPECT_EQ(redacted.report.unknown_places, 0U);
    ExpectReplays(events, redacted);
  }
}

TEST(RegisterRedaction, OneValueOfEachOtherKindGoes) {
  for (const auto& [script, answer] : {
           std::pair("> a2\n< a2\n> 11c50140\n< 11c50140\n> 00000001\n< 00000001\n< 7e92\n",
                     "a211c50140000000010000"),
           std::pair("> d0\n< d0\n> 11c50140\n< 11c50140\n> 00000001\n< 00000001 0000 7e92 0001\n",
                     "d011c5014000000001000000000001"),
           std::pair("> c6\n< c6\n> 0104\n< 0104 0000 0000 7e92\n", "c60104000000000000"),
       }) {
    const std::vector<Event> events = WithHandshake(script);
    const Redacted redacted = RedactEvents(events);
    EXPECT_EQ(Answers(redacted.events), answer);
    EXPECT_EQ(redacted.report.content_bytes, 2U);
    ExpectReplays(events, redacted);
  }
}

TEST(RegisterRedaction, AWordOfRegisterAccessGoes) {
  const std::string begin = "> da\n< da\n> 00000000\n< 00000000\n> 11c50140\n< 11c50140\n";
  const std::vector<Event> events =
      WithHandshake(begin + "> 00000004\n< 00000004 0000\n< 7e92c0b4 0000\n");
  const Redacted redacted = RedactEvents(events);
  EXPECT_FALSE(test::Contains(StreamOf(redacted.events, Direction::kToHost), FromHex("7e92c0b4")));
  EXPECT_EQ(redacted.report.content_bytes, 4U);
  ExpectReplays(events, redacted);
  const std::vector<Event> writes = WithHandshake(
      "> da\n< da\n> 00000001\n< 00000001\n> 11c50140\n< 11c50140\n> 00000004\n"
      "< 00000004 0000\n> 7e92c0b4\n< 0000\n");
  EXPECT_EQ(RedactEvents(writes).report.register_writes, 1U);
}

// A log that was cut short: the values are there, and no field tells them.
TEST(RegisterRedaction, AWriteThatDoesNotEndIsCounted) {
  const std::vector<Event> events = WithHandshake(
      "> d4\n< d4\n> 00100000\n< 00100000\n> 00000004\n< 00000004 0000\n"
      "> 33353230\n< 33353230\n> 39393030\n< 39393030\n");
  EXPECT_EQ(RedactEvents(events).report.register_writes, 1U);
}

// What is thought to be the name of a partition may be anything.
TEST(RegisterRedaction, WhatStandsForAPartitionsNameGoes) {
  std::string name;
  for (int i = 0; i < 4; ++i) name += "33353230393930303137363134383137";
  const std::vector<Event> events =
      WithHandshake("> 70\n< 70\n> " + name + "\n> 00000004\n< 0000\n> 01020304\n> 04030201\n");
  const Redacted redacted = RedactEvents(events);
  EXPECT_FALSE(test::Contains(StreamOf(redacted.events, Direction::kToPhone), FromHex("33353230")));
}

// The oldest chips tell what they are by registers, and hosts choose the agent by it.
TEST(RegisterRedaction, VersionsOfTheChipStay) {
  const std::vector<Event> events = WithHandshake(
      "> a2\n< a2\n> 70026000\n< 70026000\n> 00000001\n< 00000001\n< ca10\n"
      "> a2\n< a2\n> 70026004\n< 70026004\n> 00000001\n< 00000001\n< ca01\n");
  const Redacted redacted = RedactEvents(events);
  EXPECT_EQ(Answers(redacted.events), Answers(events));
  EXPECT_TRUE(redacted.report.blanked.empty());
  // More than the one register.
  const std::vector<Event> more =
      WithHandshake("> a2\n< a2\n> 70026000\n< 70026000\n> 00000002\n< 00000002\n< ca107e92\n");
  EXPECT_EQ(Answers(RedactEvents(more).events), "a2700260000000000200000000");
}

// No flash is read there, so nothing of it is a table that may stay.
TEST(RegisterRedaction, WhatLooksLikeATableInMemoryGoes) {
  std::string sector(2 * 446, '0');
  sector +=
      "00000000"
      "07"
      "000000"
      "00080000"
      "00000100";
  sector += std::string(2 * 48, '0') + "55aa";
  const std::vector<Event> events = WithHandshake(Read("d1", "80000000", "00000080", sector));
  const Redacted redacted = RedactEvents(events);
  EXPECT_EQ(redacted.report.tables, 0U);
  EXPECT_FALSE(test::Contains(StreamOf(redacted.events, Direction::kToHost), FromHex("55aa")));
  EXPECT_EQ(redacted.report.content_bytes, 512U);
}

// The host's bytes are what a replay compares, so they stay: what tells of them is the report.
TEST(RegisterRedaction, WhatTheHostWroteIsCountedButTheWatchdog) {
  const std::string watchdog =
      "> d4\n< d4\n> 10007000\n< 10007000\n> 00000001\n< 00000001 0001\n> 22000000\n"
      "< 22000000 0001\n";
  const std::vector<Event> usual = WithHandshake(watchdog);
  const Redacted nothing = RedactEvents(usual);
  EXPECT_EQ(nothing.report.register_writes, 0U);
  EXPECT_EQ(Answers(nothing.events), Answers(usual));
  const std::vector<Event> events = WithHandshake(
      watchdog +
      "> d4\n< d4\n> 11c50140\n< 11c50140\n> 00000001\n< 00000001 0001\n> 7e92c0b4\n"
      "< 7e92c0b4 0001\n"
      "> d4\n< d4\n> 10007000\n< 10007000\n> 00000002\n< 00000002 0001\n> 22000000\n< 22000000\n"
      "> 7e92c0b4\n< 7e92c0b4 0001\n"
      // Refused before there is a value.
      "> d4\n< d4\n> 11c50140\n< 11c50140\n> 00000001\n< 00000001 1a1d\n"
      "> c7\n< c7\n> 0104\n< 0104\n> 7e92\n< 7e92 0000 0000\n");
  const Redacted redacted = RedactEvents(events);
  EXPECT_EQ(redacted.report.register_writes, 3U);
  EXPECT_EQ(Answers(redacted.events), Answers(events));
  ExpectReplays(events, redacted);
}

}  // namespace
}  // namespace mtkrig::traces
