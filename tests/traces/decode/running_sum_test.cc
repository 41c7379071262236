#include "traces/decode/running_sum.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace mtkrig::traces {
namespace {

std::vector<std::uint8_t> RandomBytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint8_t> bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

std::uint16_t SumOf(Span::Sum kind, ByteSpan bytes) {
  RunningSum sum(kind);
  sum.Update(bytes);
  return sum.value();
}

TEST(RunningSum, OfBytes) {
  EXPECT_EQ(SumOf(Span::Sum::kBytes16, std::vector<std::uint8_t>{1, 2, 3}), 6);
  const std::vector<std::uint8_t> bytes = RandomBytes(100'003, 1);
  std::uint32_t expected = 0;
  for (const std::uint8_t byte : bytes) expected += byte;
  EXPECT_EQ(SumOf(Span::Sum::kBytes16, bytes), expected & 0xffff);
  EXPECT_EQ(SumOf(Span::Sum::kBytes16, std::vector<std::uint8_t>(1 << 20, 0xff)),
            (0xffU << 20) & 0xffff);
}

TEST(RunningSum, OfWordsWithAnOddTail) {
  EXPECT_EQ(SumOf(Span::Sum::kXor16, std::vector<std::uint8_t>{1, 2, 3, 4}), 0x0201 ^ 0x0403);
  EXPECT_EQ(SumOf(Span::Sum::kXor16, std::vector<std::uint8_t>{1, 2, 3}), 0x0201 ^ 0x0003);
  const std::vector<std::uint8_t> bytes = RandomBytes(10'001, 2);
  std::uint16_t expected = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    expected ^= static_cast<std::uint16_t>(bytes[i] << (i % 2 == 0 ? 0 : 8));
  }
  EXPECT_EQ(SumOf(Span::Sum::kXor16, bytes), expected);
}

TEST(RunningSum, InPiecesIsTheSame) {
  const std::vector<std::uint8_t> bytes = RandomBytes(5000, 3);
  for (const Span::Sum kind : {Span::Sum::kBytes16, Span::Sum::kXor16}) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      std::mt19937_64 random(seed);
      RunningSum sum(kind);
      for (ByteSpan rest = bytes; !rest.empty();) {
        const std::size_t size = std::min<std::size_t>(rest.size(), random() % 40);
        sum.Update(rest.first(size));
        rest = rest.subspan(size);
      }
      EXPECT_EQ(sum.value(), SumOf(kind, bytes)) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace mtkrig::traces
