#include "traces/model/event_bytes.h"

#include <gtest/gtest.h>

#include <utility>

#include "traces/model/event.h"

namespace mtkrig::traces {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(EventBytes, AreTheReadersUntilTheyAreToBeOwn) {
  Bytes block = {1, 2, 3};
  EventBytes bytes;
  bytes.Refer(block);
  EXPECT_EQ(bytes.data(), block.data());
  EXPECT_EQ(bytes, (Bytes{1, 2, 3}));
  const std::uint8_t* const before = bytes.data();
  bytes.Own();
  EXPECT_NE(bytes.data(), before);
  block = {7, 7, 7};
  EXPECT_EQ(bytes, (Bytes{1, 2, 3}));
}

TEST(EventBytes, CopiesAreTheirOwn) {
  Bytes block = {1, 2, 3};
  Event event;
  event.bytes.Refer(block);
  const Event copy = event;
  Event assigned;
  assigned.bytes = {9};
  assigned = event;
  const Bytes vector = event.bytes;
  block = {7, 7, 7};
  EXPECT_EQ(event.bytes, block);
  EXPECT_EQ(copy.bytes, (Bytes{1, 2, 3}));
  EXPECT_EQ(assigned.bytes, (Bytes{1, 2, 3}));
  EXPECT_EQ(vector, (Bytes{1, 2, 3}));
}

TEST(EventBytes, MovingAndSwappingLeaveThemWhereTheyAre) {
  const Bytes block = {1, 2, 3};
  EventBytes here(Bytes{4, 5});
  EventBytes there;
  there.Refer(block);
  swap(here, there);
  EXPECT_EQ(here.data(), block.data());
  EXPECT_EQ(there, (Bytes{4, 5}));
  const std::uint8_t* const own = there.data();
  EventBytes moved(std::move(there));
  EXPECT_EQ(moved.data(), own);
  moved = std::move(here);
  EXPECT_EQ(moved.data(), block.data());
}

TEST(EventBytes, WhatChangesThemChangesNothingOfTheReaders) {
  const Bytes block = {1, 2, 3, 4};
  const auto changed = [&](auto change) {
    EventBytes bytes;
    bytes.Refer(block);
    change(bytes);
    return bytes;
  };
  EXPECT_EQ(changed([](EventBytes& bytes) { bytes.push_back(5); }), (Bytes{1, 2, 3, 4, 5}));
  EXPECT_EQ(changed([](EventBytes& bytes) { bytes.resize(2); }), (Bytes{1, 2}));
  EXPECT_EQ(changed([](EventBytes& bytes) { bytes.Own()[0] = 0; }), (Bytes{0, 2, 3, 4}));
  EXPECT_EQ(changed([](EventBytes& bytes) { bytes.erase(bytes.begin(), bytes.begin() + 3); }),
            (Bytes{4}));
  EXPECT_EQ(changed([&](EventBytes& bytes) {
              bytes.insert(bytes.end(), block.begin(), block.begin() + 2);
            }),
            (Bytes{1, 2, 3, 4, 1, 2}));
  EXPECT_EQ(changed([](EventBytes& bytes) { bytes.assign(std::size_t{2}, std::uint8_t{8}); }),
            (Bytes{8, 8}));
  EXPECT_TRUE(changed([](EventBytes& bytes) { bytes.clear(); }).empty());
  EXPECT_EQ(block, (Bytes{1, 2, 3, 4}));
}

TEST(EventBytes, KeepTheirMemoryForTheNextAndGiveItBackWhenItIsLarge) {
  const Bytes block = {1};
  EventBytes bytes(Bytes(5000, 1));
  bytes.Refer(block);
  EXPECT_GE(bytes.capacity(), 5000U);
  bytes.ReleaseMemory(6000);
  EXPECT_GE(bytes.capacity(), 5000U);
  bytes.ReleaseMemory(4000);
  EXPECT_EQ(bytes.capacity(), 0U);
  EXPECT_EQ(bytes, block);
}

}  // namespace
}  // namespace mtkrig::traces
