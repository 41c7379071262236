#include "traces/replay/seeded_pattern.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "protocol/base/bytes.h"

namespace mtkrig::traces {
namespace {

constexpr std::uint64_t kBlockSize = 4096;
constexpr std::size_t kStampSize = 16;
constexpr std::uint64_t kPlaces = 4096;
constexpr std::uint64_t kPlaceStep = 16;
constexpr std::uint64_t kStep = 0xd1342543de82ef95U;
constexpr std::uint64_t kTileSeed = 0x6d746b726967;  // "mtkrig"
constexpr std::size_t kTileSize = kPlaces * kPlaceStep + kBlockSize;

// The finaliser of splitmix64.
constexpr std::uint64_t Mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9U;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

const std::array<std::uint8_t, kTileSize>& Tile() {
  static const auto tile = [] {
    std::array<std::uint8_t, kTileSize> bytes{};
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
      protocol::StoreLe<std::uint64_t>(std::span(bytes).subspan(at), Mix(kTileSeed + at));
    }
    return bytes;
  }();
  return tile;
}

}  // namespace

SeededPattern::SeededPattern(std::uint64_t seed) : seed_(Mix(seed)) {}

SeededPattern SeededPattern::OfArea(std::uint64_t storage_seed, FlashArea area) {
  return SeededPattern(Mix(storage_seed) + static_cast<std::uint64_t>(area));
}

void SeededPattern::Read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  while (!out.empty()) {
    const std::uint64_t key = Mix(seed_ + offset / kBlockSize * kStep);
    auto in_block = static_cast<std::size_t>(offset % kBlockSize);
    const std::size_t count = std::min<std::size_t>(out.size(), kBlockSize - in_block);
    const std::size_t stamp = in_block < kStampSize ? std::min(count, kStampSize - in_block) : 0;
    if (stamp > 0) {
      std::array<std::uint8_t, kStampSize> bytes{};
      protocol::StoreLe<std::uint64_t>(bytes, key);
      protocol::StoreLe<std::uint64_t>(std::span(bytes).subspan(sizeof(key)), Mix(key));
      std::memcpy(out.data(), &bytes[in_block], stamp);
      in_block += stamp;
    }
    if (count > stamp) {
      const auto from = static_cast<std::size_t>(key % kPlaces * kPlaceStep) + in_block;
      std::memcpy(&out[stamp], &Tile()[from], count - stamp);
    }
    out = out.subspan(count);
    offset += count;
  }
}

}  // namespace mtkrig::traces
