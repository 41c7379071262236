#pragma once

// The packet of pcapng as nearly all are: an enhanced packet block, whole, at hand, and without
// options. Everything else is left to those who look closer (pcapng_reader.cc).

#include <cstddef>
#include <cstdint>

#include "protocol/base/bytes.h"
#include "traces/formats/fast_load.h"
#include "traces/formats/pcapng_format.h"

namespace mtkrig::traces {

// Where its data begins, in its block.
inline constexpr std::size_t kPlainPacketDataAt = 28;

struct PlainPacket {
  std::size_t total = 0;  // bytes of its block
  std::uint32_t interface = 0;
  std::uint64_t ticks = 0;
  protocol::ByteSpan data;
  std::uint32_t original = 0;  // bytes before the capture cut it
};

// The time of the packet that `hand` begins with, which has it whole.
template <protocol::Endian endian>
[[gnu::always_inline]] inline std::uint64_t TicksOfPacket(protocol::ByteSpan hand) {
  constexpr std::size_t kTicksHigh = 12;
  constexpr std::size_t kTicksLow = 16;
  return (std::uint64_t{FastLoad<std::uint32_t>(hand.subspan(kTicksHigh), endian)} << 32) |
         FastLoad<std::uint32_t>(hand.subspan(kTicksLow), endian);
}

// Reads the packet that `hand` begins with. False, and nothing of `packet` is of use, where it is
// another block, not all there, or longer than `limit`.
template <protocol::Endian endian>
[[gnu::always_inline]] inline bool ReadPlainPacket(protocol::ByteSpan hand, std::size_t limit,
                                                   PlainPacket& packet) {
  constexpr std::size_t kInterface = 8;
  constexpr std::size_t kCaptured = 20;
  constexpr std::size_t kOriginal = 24;
  constexpr std::size_t kData = kPlainPacketDataAt;
  constexpr std::size_t kLengthBehind = 4;
  if (hand.size() < kData + kLengthBehind) return false;
  const auto field = [hand](std::size_t at) {
    return FastLoad<std::uint32_t>(hand.subspan(at), endian);
  };
  const std::size_t total = field(4);
  if (field(0) != kBlockEnhancedPacket || total > hand.size() || total > limit ||
      total < kData + kLengthBehind || field(total - kLengthBehind) != total) {
    return false;
  }
  const std::size_t captured = field(kCaptured);
  if (captured > total || ((captured + 3) & ~std::size_t{3}) + kData + kLengthBehind != total) {
    return false;
  }
  packet.total = total;
  packet.interface = field(kInterface);
  packet.ticks = TicksOfPacket<endian>(hand);
  packet.data = hand.subspan(kData, captured);
  packet.original = field(kOriginal);
  return true;
}

// Both ends of the next block will be asked for before their lines of memory would be there.
template <protocol::Endian endian>
void PrefetchBlock(protocol::ByteSpan hand) {
  if (hand.size() < kBlockOverhead) return;
  const std::size_t total = FastLoad<std::uint32_t>(hand.subspan(4), endian);
  if (total <= hand.size()) {
    __builtin_prefetch(hand.data() + total);
    __builtin_prefetch(hand.data() + total + 64);
  }
}

}  // namespace mtkrig::traces
