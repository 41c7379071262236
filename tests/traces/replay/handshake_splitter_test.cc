// What a splitter makes of a handshake that was recorded as one transfer, and leaves of all else.

#include "traces/replay/handshake_splitter.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/traces/replay/trace_script.h"

namespace mtkrig::traces {
namespace {

using test::Events;
using test::Reader;

std::string Hex(ByteSpan bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += {kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return text;
}

// What comes out of a splitter, an event a line; without the signs of what is no transfer.
std::string Split(std::vector<Event> events, const std::vector<RandomBytes>& random = {}) {
  HandshakeSplitter splitter(Reader(std::move(events)), random);
  std::string text;
  for (;;) {
    const auto event = splitter.Next();
    if (!event.has_value() || !event->has_value()) break;
    const Event& one = **event;
    text += one.kind != EventKind::kBytes          ? std::string(EventKindName(one.kind))
            : one.direction == Direction::kToPhone ? ">"
                                                   : "<";
    text += Hex(one.bytes) + " ";
  }
  return text;
}
std::string Split(std::string_view script, const std::vector<RandomBytes>& random = {}) {
  return Split(Events(script), random);
}

TEST(HandshakeSplitter, AllElsePassesUnchanged) {
  const std::vector<std::pair<std::string, std::string>> sessions = {
      {"> a0 0a 50 05\n< 5f f5 af fb\n> fd\n", ">a00a5005 <5ff5affb >fd "},
      {"> a0 0a 50 05\n< 5f f5 af fa 00\n> fd\n", ">a00a5005 <5ff5affa00 >fd "},
      {"> a0 0a 50 05\n< 5f f5 af\n> fd\n", ">a00a5005 <5ff5af >fd "},
      {"> a0 0a 50 05\n< 5f f5 52 af fa\n", ">a00a5005 <5ff552affa "},
      {"> a0 0a 50 05\n< a0 0a 50 05\n", ">a00a5005 <a00a5005 "},
      {"> a0 0a 50 05\n~ lost\n< 5f f5 af fa\n", ">a00a5005 gap <5ff5affa "},
      {"> a0 0a 50 05\n@ on\n< 5f f5 af fa\n", ">a00a5005 phase <5ff5affa "},
      {"> a0 0a 50 05\n! < timeout 5\n< 5f f5 af fa\n", ">a00a5005 failure <5ff5affa "},
      {"> a0 0a 50 05\n< 5f\n> fd\n< f5 af fa\n", ">a00a5005 <5f >fd <f5affa "},
      {"> a0 0a 50 05\n< 5f ?? af fa\n", ">a00a5005 <5f00affa "},
      {"> a0 0a 50 ??\n< 5f f5 af fa\n", ">a00a5000 <5ff5affa "},
      {"> cut 9 a0 0a 50 05\n< 5f f5 af fa\n", ">a00a5005 <5ff5affa "},
      {"> a0 50\n< 5f af\n", ">a050 <5faf "},
      {"> a0 0a 50 05 fd\n< 5f f5 af fa 02\n", ">a00a5005fd <5ff5affa02 "},
      {"< a0 0a 50 05\n< 5f f5 af fa\n", "<a00a5005 <5ff5affa "},
      {"> a0 0a 50 05\n", ">a00a5005 "},
      {"> a0 0a 50 05\n< 5f f5\n", ">a00a5005 <5ff5 "},
  };
  for (const auto& [session, same] : sessions) EXPECT_EQ(Split(session), same) << session;
  const std::string session = "> a0 0a 50 05\n< 5f f5 af fa\n> a0 0a\n< 5f f5\n";
  EXPECT_EQ(Split(session), ">a0 <5f >0a <f5 >50 <af >05 <fa >a0 <5f >0a <f5 ");
  // Bytes that the side file names are counted from the transfer's first.
  for (const std::uint64_t packet : {1U, 2U}) {
    EXPECT_EQ(Split(session, {{.name = "x", .packet = packet, .at = 2, .length = 1}}),
              ">a00a5005 <5ff5affa >a0 <5f >0a <f5 ");
  }
  // READY without an end, of which no more is held than a few.
  std::string endless = "> a0 0a 50 05\n";
  std::string given = ">a00a5005 ";
  for (int i = 0; i < 100; ++i) {
    endless += "< 52\n";
    given += "<52 ";
  }
  EXPECT_EQ(Split(endless + "< 5f f5 af fa\n"), given + "<5ff5affa ");
}

TEST(HandshakeSplitter, PiecesStandWhereTheTransferDid) {
  std::vector<Event> events = Events("= 5\n> a0 0a 50 05\n= 2\n< 5f f5\n= 1\n< af fa\n= 1\n> fd\n");
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].packet = 7 + i;
    events[i].offset = 100 * (1 + i);
  }
  events.insert(events.begin() + 1, TextEvent(EventKind::kComment, "said at once"));
  const std::vector<RandomBytes> none;
  HandshakeSplitter splitter(Reader(events), none);
  std::string text;
  Event event;
  while (splitter.NextInto(event).value_or(false)) {
    text += Hex(event.bytes) + "=" + std::to_string(event.packet) + "@" +
            std::to_string(event.offset) + "," +
            std::to_string(event.time / std::chrono::milliseconds(1)) + " ";
    if (event.kind == EventKind::kBytes) {
      EXPECT_EQ(event.length, event.bytes.size());
    }
  }
  EXPECT_EQ(text,
            "a0=7@100,5 =2@0,0 5f=8@200,7 0a=7@100,5 f5=8@200,7 50=7@100,5 af=9@300,8 05=7@100,5 "
            "fa=9@300,8 fd=10@400,9 ");
}

// A trace that breaks off at some event.
class BrokenReader final : public TraceReader {
 public:
  explicit BrokenReader(std::vector<Event> events) : good_(std::move(events)) {}
  Result<std::optional<Event>> Next() override {
    auto event = good_.Next();
    if (event.has_value() && event->has_value()) return event;
    return Error(ErrorCode::kInvalidInput, "cut off").AtOffset(99);
  }
  const SessionFacts& facts() const override { return good_.facts(); }

 private:
  MemoryTraceReader good_;
};

TEST(HandshakeSplitter, WhatStandsBeforeDamageIsGivenFirst) {
  const std::vector<RandomBytes> none;
  for (const std::string_view session : {"> a0 0a 50 05\n", "> a0 0a 50 05\n< 5f f5\n"}) {
    const std::vector<Event> events = Events(session);
    HandshakeSplitter splitter(std::make_unique<BrokenReader>(events), none);
    for (const Event& event : events) {
      const auto given = splitter.Next();
      ASSERT_TRUE(given.has_value() && given->has_value());
      EXPECT_EQ((*given)->bytes, event.bytes);
    }
    for (int i = 0; i < 2; ++i) {
      const auto failed = splitter.Next();
      ASSERT_FALSE(failed.has_value());
      EXPECT_EQ(failed.error().message(), "cut off");
    }
  }
}

}  // namespace
}  // namespace mtkrig::traces
