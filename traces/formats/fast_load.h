#pragma once

// protocol::Load() for readers that load some forty fields for each transfer, in a byte order that
// only the file tells: one load and, for the other order, one swap. Of the loop over bytes that
// serves every caller compilers make a dozen instructions.

#include <bit>
#include <concepts>
#include <cstring>

#include "protocol/base/bytes.h"

namespace mtkrig::traces {

// Requires data.size() >= sizeof(T); the caller has checked.
template <std::unsigned_integral T>
T FastLoad(protocol::ByteSpan data, protocol::Endian endian) {
  T value;
  std::memcpy(&value, data.data(), sizeof(T));
  constexpr bool kLittleHost = std::endian::native == std::endian::little;
  if ((endian == protocol::Endian::kLittle) == kLittleHost) return value;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
  return value;
}

}  // namespace mtkrig::traces
