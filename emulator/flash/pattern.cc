#include "emulator/flash/pattern.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "emulator/flash/byte_sum.h"
#include "protocol/base/bytes.h"

namespace mtkrig::emulator {
namespace {

constexpr std::size_t kBlock = 4096;
constexpr std::size_t kStamp = 16;
// Blocks are cut at multiples of a granule, and running sums are kept for each of them.
constexpr std::size_t kGranule = 16;
constexpr std::size_t kPhases = 4096;
constexpr std::size_t kTile = kPhases * kGranule + kBlock;
constexpr std::uint64_t kTileSeed = 0x6d746b726967;  // "mtkrig"
// An odd number, so that stepping by it visits every 64-bit value.
constexpr std::uint64_t kBlockStep = 0xd1342543de82ef95U;

struct Tile {
  std::array<std::uint8_t, kTile> bytes;
  // Sum of all bytes before granule i.
  std::array<std::uint16_t, kTile / kGranule + 1> sum_before;

  Tile() {
    for (std::size_t i = 0; i < kTile; i += sizeof(std::uint64_t)) {
      protocol::StoreLe<std::uint64_t>(std::span(bytes).subspan(i), MixBits(kTileSeed + i));
    }
    std::uint16_t sum = 0;
    for (std::size_t i = 0; i < kTile / kGranule; ++i) {
      sum_before[i] = sum;
      sum = static_cast<std::uint16_t>(sum + ByteSum({&bytes[i * kGranule], kGranule}));
    }
    sum_before.back() = sum;
  }

  std::uint16_t Sum(std::size_t first, std::size_t size) const {
    const std::size_t end = first + size;
    const std::size_t from = (first + kGranule - 1) / kGranule;
    const std::size_t to = end / kGranule;
    if (from >= to) return ByteSum({&bytes[first], size});
    const std::uint16_t head = ByteSum({bytes.data() + first, from * kGranule - first});
    const std::uint16_t tail = ByteSum({bytes.data() + to * kGranule, end - to * kGranule});
    return static_cast<std::uint16_t>(head + sum_before[to] - sum_before[from] + tail);
  }
};

const Tile& SharedTile() {
  static const Tile tile;
  return tile;
}

// Calls visit(block number, offset in that block, piece of out) for each block that is touched.
template <typename Visit>
void ForEachBlock(std::uint64_t offset, std::span<std::uint8_t> out, Visit visit) {
  while (!out.empty()) {
    const auto in_block = static_cast<std::size_t>(offset % kBlock);
    const std::size_t size = std::min(out.size(), kBlock - in_block);
    visit(offset / kBlock, in_block, out.first(size));
    out = out.subspan(size);
    offset += size;
  }
}

// Writes one piece and returns where in the tile its body came from and how long its stamp part is.
struct Piece {
  std::size_t stamp_size;
  std::size_t body_at;
};

Piece WritePiece(std::uint64_t seed, std::uint64_t block, std::size_t in_block,
                 std::span<std::uint8_t> out) {
  const std::uint64_t key = MixBits(seed + block * kBlockStep);
  std::size_t stamp_size = 0;
  if (in_block < kStamp) {
    std::array<std::uint8_t, kStamp> stamp = {};
    protocol::StoreLe<std::uint64_t>(stamp, key);
    protocol::StoreLe<std::uint64_t>(std::span(stamp).subspan(8), MixBits(key));
    stamp_size = std::min(out.size(), kStamp - in_block);
    std::memcpy(out.data(), &stamp[in_block], stamp_size);
  }
  const std::size_t body_at = (key % kPhases) * kGranule + in_block + stamp_size;
  if (out.size() > stamp_size) {
    std::memcpy(out.data() + stamp_size, &SharedTile().bytes[body_at], out.size() - stamp_size);
  }
  return {.stamp_size = stamp_size, .body_at = body_at};
}

}  // namespace

void SeededPattern::Read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  ForEachBlock(offset, out,
               [this](std::uint64_t block, std::size_t in_block, std::span<std::uint8_t> piece) {
                 WritePiece(seed_, block, in_block, piece);
               });
}

std::uint16_t SeededPattern::ReadAndSum(std::uint64_t offset, std::span<std::uint8_t> out) const {
  const Tile& tile = SharedTile();
  std::uint16_t sum = 0;
  ForEachBlock(offset, out,
               [&](std::uint64_t block, std::size_t in_block, std::span<std::uint8_t> piece) {
                 const Piece written = WritePiece(seed_, block, in_block, piece);
                 sum = static_cast<std::uint16_t>(
                     sum + ByteSum(piece.first(written.stamp_size)) +
                     tile.Sum(written.body_at, piece.size() - written.stamp_size));
               });
  return sum;
}

std::vector<std::uint8_t> PatternBytes(std::uint64_t seed, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  SeededPattern(seed).Read(0, bytes);
  return bytes;
}

}  // namespace mtkrig::emulator
