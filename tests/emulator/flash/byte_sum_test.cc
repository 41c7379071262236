#include "emulator/flash/byte_sum.h"

#include <gmock/gmock.h>

#include <numeric>
#include <vector>

#include "emulator/flash/pattern.h"

namespace mtkrig::emulator {
namespace {

std::uint16_t Naive(protocol::ByteSpan data) {
  return static_cast<std::uint16_t>(std::accumulate(data.begin(), data.end(), 0U));
}

TEST(ByteSum, WrapsAt65536) {
  const std::vector<std::uint8_t> bytes(258, 0xff);  // 258 * 255 = 65790
  EXPECT_EQ(ByteSum(bytes), 254);
  EXPECT_EQ(ByteSum({}), 0);
}

TEST(ByteSum, EqualsTheNaiveSumAtEveryLengthAndAlignment) {
  const auto bytes = PatternBytes(1, 200);
  for (std::size_t first = 0; first < 40; ++first) {
    for (std::size_t size = 0; first + size <= bytes.size(); ++size) {
      const auto part = std::span(bytes).subspan(first, size);
      ASSERT_EQ(ByteSum(part), Naive(part)) << first << "+" << size;
    }
  }
}

TEST(CopyAndSum, CopiesAllAndNothingElse) {
  const auto bytes = PatternBytes(2, 77);
  std::vector<std::uint8_t> to(80, 0xee);
  EXPECT_EQ(CopyAndSum(bytes, to), Naive(bytes));
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), to.begin()));
  EXPECT_THAT(std::vector(to.begin() + 77, to.end()), testing::Each(0xee));
}

}  // namespace
}  // namespace mtkrig::emulator
