#include "emulator/flash/pattern.h"

#include <gmock/gmock.h>

#include <array>
#include <set>
#include <vector>

#include "emulator/flash/byte_sum.h"
#include "protocol/base/bytes.h"

namespace mtkrig::emulator {
namespace {

constexpr std::uint64_t k64GiB = std::uint64_t{64} << 30;

std::vector<std::uint8_t> ReadAt(const SeededPattern& pattern, std::uint64_t at, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  pattern.Read(at, bytes);
  return bytes;
}

TEST(SeededPattern, IsTheSameToday) {
  // Recorded readbacks name these bytes: a change here is a change of every emulated phone.
  EXPECT_EQ(protocol::ToHex(ReadAt(SeededPattern(1), 0, 24)),
            "1e61397408ab415ec3868d6df4028ab1e55dc0fb5cb00c3a");
}

TEST(SeededPattern, AnyPieceEqualsTheWhole) {
  const SeededPattern pattern(7);
  const auto whole = ReadAt(pattern, 0, 20000);
  for (std::size_t first = 0; first < 9000; first += 487) {
    for (const std::size_t size : {1U, 15U, 16U, 17U, 4096U, 10001U}) {
      const auto part = ReadAt(pattern, first, size);
      ASSERT_TRUE(
          std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(first)))
          << first << "+" << size;
    }
  }
}

TEST(SeededPattern, SumEqualsTheSumOfWhatWasRead) {
  const SeededPattern pattern(9);
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const std::uint64_t at = MixBits(seed) % k64GiB;
    std::vector<std::uint8_t> bytes(MixBits(seed + 1000) % 20000);
    const std::uint16_t sum = pattern.ReadAndSum(at, bytes);
    ASSERT_EQ(sum, ByteSum(bytes)) << "seed " << seed;
    ASSERT_EQ(bytes, ReadAt(pattern, at, bytes.size())) << "seed " << seed;
  }
}

TEST(SeededPattern, NoTwoBlocksAreEqual) {
  const SeededPattern pattern(3);
  std::set<std::vector<std::uint8_t>> stamps;
  for (std::uint64_t block = 0; block < 20000; ++block) {
    EXPECT_TRUE(stamps.insert(ReadAt(pattern, block * 4096, 16)).second) << block;
  }
  // Also beyond 4 GiB, where a 32-bit offset would have come round.
  EXPECT_NE(ReadAt(pattern, 0, 4096), ReadAt(pattern, std::uint64_t{1} << 32, 4096));
}

TEST(SeededPattern, AShiftedReadShowsInEverySector) {
  const SeededPattern pattern(4);
  const auto bytes = ReadAt(pattern, 0, 4096 + 512);
  for (std::size_t sector = 0; sector < 8; ++sector) {
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(sector * 512);
    EXPECT_FALSE(std::equal(at, at + 512, at + 512)) << sector;
  }
}

TEST(SeededPattern, SeedsDiffer) {
  EXPECT_NE(PatternBytes(1, 64), PatternBytes(2, 64));
}

}  // namespace
}  // namespace mtkrig::emulator
