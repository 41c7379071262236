// Sessions with the xflash and the xml agent that are damaged: it is said, and what follows is
// found again.

#include <gmock/gmock.h>

#include "modern_testing.h"

namespace mtkrig::traces {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Direction kPhone = Direction::kToHost;
constexpr std::uint32_t kDeviceControl = 0x010009;
constexpr std::uint32_t kUsbSpeed = 0x04000b;

void GetSpeed(Session& session) {
  session.Host(kDeviceControl).Phone(0U).Host(kUsbSpeed).Phone(0U).Phone("high-speed").Phone(0U);
}

constexpr std::string_view kSpeedStep =
    "xflash DEVICE_CTRL get USB speed (answer high-speed, status 00000000 (success))";

Decoded DecodeEvents(const std::vector<Event>& events) {
  Decoded decoded = Decode(events);
  ExpectAllBytesHaveARole(events, decoded.spans);
  return decoded;
}

// The side's transfers as one.
std::vector<Event> Joined(const std::vector<Event>& events) {
  std::vector<Event> joined;
  for (const Event& event : events) {
    if (joined.empty() || joined.back().direction != event.direction) {
      joined.push_back(event);
      continue;
    }
    joined.back().bytes.insert(joined.back().bytes.end(), event.bytes.begin(), event.bytes.end());
    joined.back().length = joined.back().bytes.size();
  }
  return joined;
}

TEST(ModernDamage, AWrongMagicIsFoundAndThePacketBehindItIsRead) {
  Session session;
  GetSpeed(session);
  const std::size_t damaged = session.events().size();
  session.Host(kDeviceControl);
  GetSpeed(session);
  std::vector<Event> events = session.events();
  events[damaged].bytes.Own()[0] ^= 1U;
  const std::vector<std::string> lines = DecodeEvents(events).lines;
  EXPECT_EQ(lines, DecodeEvents(Joined(events)).lines);
  EXPECT_THAT(lines, ElementsAre(kSpeedStep, HasSubstr("unexpected"), kSpeedStep));
}

TEST(ModernDamage, ALengthThatCannotBeIsNotWaitedFor) {
  Session session;
  session.Host(kDeviceControl).Phone(0U).Host(kUsbSpeed);
  std::vector<std::uint8_t> header = {0xef, 0xee, 0xee, 0xfe, 1, 0, 0, 0, 0, 0, 0, 0x40};
  session.Bytes(kPhone, header);
  GetSpeed(session);
  const std::vector<std::string> lines = DecodeEvents(session.events()).lines;
  EXPECT_THAT(lines.front(), HasSubstr("unexpected: the control code: the phone sends a packet of "
                                       "1073741824 bytes"));
  EXPECT_EQ(lines.back(), kSpeedStep);
}

TEST(ModernDamage, AnAnswerThatIsMissingEndsTheStep) {
  Session session;
  session.Host(kDeviceControl).Phone(0U).Host(kUsbSpeed).Phone(0U);
  session.Phone("a text that is much longer than any status of the phone");
  session.Phone("and one more");
  GetSpeed(session);
  const std::vector<std::string> lines = DecodeEvents(session.events()).lines;
  EXPECT_THAT(lines.front(), HasSubstr("unexpected: the control code: the phone sends a packet of "
                                       "12 bytes"));
  EXPECT_EQ(lines.back(), kSpeedStep);
}

TEST(ModernDamage, WhatEndsInTheMiddleIsIncomplete) {
  Session session;
  session.Host(kDeviceControl).Phone(0U).Host(kUsbSpeed);
  EXPECT_THAT(DecodeEvents(session.events()).lines,
              ElementsAre("xflash DEVICE_CTRL get USB speed incomplete: the recording ends here"));
}

TEST(ModernDamage, AGapEndsTheStepAndTheNextIsRead) {
  Session before;
  before.Host(kDeviceControl).Phone(0U);
  Session after;
  after.Phone(0U);
  GetSpeed(after);
  std::vector<Event> events = before.events();
  events.push_back(TextEvent(EventKind::kGap, "bytes are missing"));
  events.insert(events.end(), after.events().begin(), after.events().end());
  const std::vector<std::string> lines = DecodeEvents(events).lines;
  EXPECT_THAT(lines,
              ElementsAre("xflash DEVICE_CTRL incomplete: the recording has a gap",
                          "line gap (text bytes are missing)",
                          "xflash packet to the host (status 00000000 (success)) unexpected: no "
                          "command that is known is under way",
                          kSpeedStep));
}

// Any one byte of a whole session: it never hangs, never loses a byte, and finds the end again.
TEST(ModernDamage, AnyByteMayBeWrong) {
  for (const std::string name : {"xflash-mt8183-log.wire", "xml-mt6789-read.wire"}) {
    const std::vector<Event> events = ReadHandwritten(name);
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
      SCOPED_TRACE(name + ", seed " + std::to_string(seed));
      std::mt19937 random(seed);
      std::vector<Event> damaged = events;
      for (;;) {
        Event& event = damaged[random() % damaged.size()];
        if (event.bytes.empty()) continue;
        event.bytes.Own()[random() % event.bytes.size()] ^=
            static_cast<std::uint8_t>(1 + random() % 255);
        break;
      }
      Session session;
      for (int i = 0; i < 2; ++i) GetSpeed(session);
      damaged.insert(damaged.end(), session.events().begin(), session.events().end());
      EXPECT_THAT(DecodeEvents(damaged).lines, Contains(kSpeedStep));
    }
  }
}

// Bytes that are missing altogether.
TEST(ModernDamage, AnyTransferMayBeLost) {
  for (const std::string name : {"xflash-mt8183-log.wire", "xml-mt6789-read.wire"}) {
    const std::vector<Event> events = ReadHandwritten(name);
    for (std::size_t lost = 0; lost < events.size(); lost += 3) {
      SCOPED_TRACE(name + ", event " + std::to_string(lost));
      std::vector<Event> damaged = events;
      damaged.erase(damaged.begin() + static_cast<std::ptrdiff_t>(lost));
      DecodeEvents(damaged);
    }
  }
}

}  // namespace
}  // namespace mtkrig::traces
