// What of a log waits in memory.

#include "traces/import/mtkclient_copies.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace mtkrig::traces {
namespace {

MtkclientMessage Message(std::size_t size) {
  MtkclientMessage message;
  message.bytes.assign(size, 0xa0);
  return message;
}

// Adds a message so many times; returns how many bytes were handed out at once at most.
std::size_t MostAtOnce(std::size_t size, std::size_t times, std::size_t& taken) {
  std::size_t at_once = 0;
  std::size_t most = 0;
  MtkclientCopies copies(
      [&](MtkclientMessage&& message) {
        ++taken;
        at_once += message.bytes.size();
      },
      [](MtkclientMessage&& /*message*/) {});
  for (std::size_t i = 0; i < times; ++i) {
    at_once = 0;
    copies.Add(Message(size));
    most = std::max(most, at_once);
  }
  at_once = 0;
  copies.Flush();
  return std::max(most, at_once);
}

TEST(MtkclientCopies, OneMessageOverAndOverIsHandedOutInParts) {
  std::size_t taken = 0;
  EXPECT_LE(MostAtOnce(1, 200'000, taken), 32U << 10);
  EXPECT_EQ(taken, 200'000U);
}

TEST(MtkclientCopies, LargeMessagesAreHandedOutInSmallerParts) {
  std::size_t taken = 0;
  EXPECT_LE(MostAtOnce(64 << 10, 1'000, taken), 1U << 20);
  EXPECT_EQ(taken, 1'000U);
}

TEST(MtkclientCopies, TheLengthsThatAreAskedForTellHowOftenALogHasEach) {
  std::size_t transfers = 0;
  std::size_t odd = 0;
  MtkclientCopies copies(
      [&](MtkclientMessage&& message) {
        if (message.kind == MtkclientMessage::Kind::kTransfer) ++transfers;
      },
      [&](MtkclientMessage&& /*message*/) { ++odd; });
  for (int i = 0; i < 6; ++i) copies.Add(Message(4));
  MtkclientMessage asked;
  asked.kind = MtkclientMessage::Kind::kAsked;
  for (int i = 0; i < 2; ++i) copies.Add(asked);
  copies.Flush();
  EXPECT_EQ(copies.copies(), 2U);
  EXPECT_EQ(transfers, 3U);
  EXPECT_EQ(odd, 0U);
}

}  // namespace
}  // namespace mtkrig::traces
