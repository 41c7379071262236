// Events in order, each as new, and what becomes of their memory.

#include "traces/formats/event_queue.h"

#include <gtest/gtest.h>

namespace mtkrig::traces {
namespace {

TEST(EventQueue, GivesEventsInTheirOrder) {
  EventQueue queue;
  EXPECT_TRUE(queue.empty());
  for (int round = 0; round < 3; ++round) {
    queue.Append().packet = 1;
    queue.Append(TextEvent(EventKind::kPhase, "two"));
    Event event;
    event.text = "left from before";
    queue.Take(event);
    EXPECT_EQ(event.packet, 1U);
    EXPECT_EQ(event.text, "");
    EXPECT_FALSE(queue.empty());
    queue.Take(event);
    EXPECT_EQ(event.packet, 0U);
    EXPECT_EQ(event.text, "two");
    EXPECT_TRUE(queue.empty());
  }
}

TEST(EventQueue, UsesTheMemoryOfWhatWasTaken) {
  EventQueue queue;
  Event event;
  event.bytes = std::vector<std::uint8_t>(5000, 1);
  queue.Append().bytes = std::vector<std::uint8_t>(10, 2);
  queue.Take(event);
  EXPECT_EQ(event.bytes.size(), 10U);
  EXPECT_GE(queue.Append().bytes.capacity(), 5000U);
}

TEST(Event, GivesBackTheMemoryOfLargeTransfersOnly) {
  Event event;
  event.bytes = std::vector<std::uint8_t>(5000, 1);
  event.ReleaseLargeMemory();
  EXPECT_GE(event.bytes.capacity(), 5000U);
  event.bytes.resize(std::size_t{16} << 20);
  event.ReleaseLargeMemory();
  EXPECT_EQ(event.bytes.capacity(), 0U);
}

TEST(EventQueue, EventsArePutBetweenAndTakenOut) {
  EventQueue queue;
  for (const char* text : {"a", "b", "d", "e"}) {
    queue.Append(TextEvent(EventKind::kComment, text));
  }
  queue.Insert(2, TextEvent(EventKind::kComment, "c"));
  queue.Remove(0);
  EXPECT_EQ(queue.at(1).text, "c");
  EXPECT_EQ(queue.end(), 4U);
  std::string texts;
  while (!queue.empty()) {
    Event event;
    queue.Take(event);
    texts += event.text;
  }
  EXPECT_EQ(texts, "bcde");
}

}  // namespace
}  // namespace mtkrig::traces
