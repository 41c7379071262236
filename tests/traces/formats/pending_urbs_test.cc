// Open transfers, by id and by age.

#include "traces/formats/pending_urbs.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace mtkrig::traces {
namespace {

TEST(PendingUrbs, FindsWhatIsThereAndTheOldest) {
  PendingUrbs pending;
  EXPECT_EQ(pending.oldest(), nullptr);
  PendingUrb& one = pending.Add(1);
  PendingUrb& two = pending.Add(2);
  EXPECT_EQ(pending.Find(1), &one);
  EXPECT_EQ(pending.Find(2), &two);
  EXPECT_EQ(pending.Find(3), nullptr);
  EXPECT_EQ(pending.oldest(), &one);
  pending.Remove(one);
  EXPECT_EQ(pending.Find(1), nullptr);
  EXPECT_EQ(pending.oldest(), &two);
  pending.Remove(two);
  EXPECT_EQ(pending.oldest(), nullptr);
  EXPECT_EQ(pending.size(), 0U);
}

TEST(PendingUrbs, ATransferIsNewThoughItsMemoryIsNot) {
  PendingUrbs pending;
  PendingUrb& one = pending.Add(1);
  one.bytes = std::vector<std::uint8_t>(100, 1);
  one.has_setup = true;
  one.length = 100;
  pending.Remove(one);
  PendingUrb& again = pending.Add(2);
  EXPECT_EQ(&again, &one);
  EXPECT_TRUE(again.bytes.empty());
  EXPECT_GE(again.bytes.capacity(), 100U);
  EXPECT_FALSE(again.has_setup);
  EXPECT_EQ(again.length, 0U);
}

TEST(PendingUrbs, ThousandsOfFreeOnesKeepLittleMemory) {
  PendingUrbs pending;
  for (std::uint64_t id = 0; id < 1000; ++id)
    pending.Add(id).bytes = std::vector<std::uint8_t>(100'000, 1);
  while (pending.oldest() != nullptr) pending.Remove(*pending.oldest());
  std::size_t kept = 0;
  for (std::uint64_t id = 0; id < 1000; ++id) kept += pending.Add(id).bytes.capacity();
  EXPECT_LT(kept, 1000U * 4096 + 200'000);
}

// Against the simplest thing that does the same.
TEST(PendingUrbs, BehavesAsAMapBySeed) {
  constexpr std::uint32_t kSeed = 20240611;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  PendingUrbs pending;
  std::map<std::uint64_t, std::uint64_t> by_id;   // age
  std::map<std::uint64_t, std::uint64_t> by_age;  // id
  for (std::uint64_t age = 0; age < 50'000; ++age) {
    const std::uint64_t id = std::uint64_t{random() % 3000} << 7;
    PendingUrb* const found = pending.Find(id);
    ASSERT_EQ(found != nullptr, by_id.contains(id));
    if (found != nullptr) {
      ASSERT_EQ(found->packet, by_id[id]);
      by_age.erase(by_id[id]);
      by_id.erase(id);
      pending.Remove(*found);
    } else {
      pending.Add(id).packet = age;
      by_id[id] = age;
      by_age[age] = id;
    }
    ASSERT_EQ(pending.size(), by_id.size());
    if (by_age.empty()) continue;
    ASSERT_EQ(pending.oldest()->id, by_age.begin()->second);
  }
}

}  // namespace
}  // namespace mtkrig::traces
