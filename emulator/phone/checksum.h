#pragma once

// The two checksums of this protocol family, over data that arrives in pieces.

#include <cstdint>

#include "protocol/base/bytes.h"

namespace mtkrig::emulator {

// XOR of little-endian 16-bit words, an odd tail padded with zero: the checksum of SEND_DA.
class Xor16 {
 public:
  void Add(protocol::ByteSpan data) {
    std::uint64_t folded = 0;
    std::size_t at = 0;
    for (; at + sizeof(folded) <= data.size(); at += sizeof(folded)) {
      folded ^= protocol::LoadLe<std::uint64_t>(data.subspan(at, sizeof(folded)));
    }
    for (; at < data.size(); ++at) folded ^= std::uint64_t{data[at]} << (8 * (at % 2));
    folded ^= folded >> 32;
    folded ^= folded >> 16;
    const auto piece = static_cast<std::uint16_t>(folded);
    // A piece that starts at an odd offset has its bytes in the other halves of the words.
    const auto swapped = static_cast<std::uint16_t>((piece << 8) | (piece >> 8));
    value_ = static_cast<std::uint16_t>(value_ ^ (odd_ ? swapped : piece));
    odd_ ^= data.size() % 2 != 0;
  }
  std::uint16_t value() const { return value_; }

 private:
  std::uint16_t value_ = 0;
  bool odd_ = false;
};

// Sum of the bytes mod 65536: the checksum of an agent's data packets.
inline std::uint16_t ByteSum(protocol::ByteSpan data) {
  std::uint32_t sum = 0;
  for (const std::uint8_t byte : data) sum += byte;
  return static_cast<std::uint16_t>(sum);
}

}  // namespace mtkrig::emulator
