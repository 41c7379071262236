#include "traces/replay/last_bytes.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace mtkrig::traces {
namespace {

TEST(LastBytes, AreTheEndOfAllThatCame) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    LastBytes last;
    std::vector<std::uint8_t> all;
    EXPECT_TRUE(last.bytes().empty());
    for (int piece = 0; piece < 500; ++piece) {
      std::vector<std::uint8_t> bytes(random() % 4 == 0 ? random() % 600 : random() % 3);
      for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
      last.Add(bytes);
      all.insert(all.end(), bytes.begin(), bytes.end());
      const auto kept = static_cast<std::ptrdiff_t>(std::min(all.size(), LastBytes::kKept));
      const std::vector<std::uint8_t> expected(all.end() - kept, all.end());
      const auto found = last.bytes();
      ASSERT_EQ(std::vector<std::uint8_t>(found.begin(), found.end()), expected)
          << "seed " << seed << ", piece " << piece;
    }
  }
}

}  // namespace
}  // namespace mtkrig::traces
