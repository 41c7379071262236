#pragma once

// The two checksums of this wire. Both run over every byte that is moved, so they are vectorised.

#include <cstdint>

#include "protocol/base/bytes.h"

namespace mtkrig::protocol {

// Sum of the bytes, modulo 65536: packets of READ (M, F).
std::uint16_t ByteSum16(ByteSpan data);
// The same without vector instructions: what the former uses where they do not pay.
std::uint16_t ByteSum16OfWords(ByteSpan data);

// XOR of the little-endian 16-bit words, an odd tail padded with zero: SEND_DA (M, F).
std::uint16_t WordXor16(ByteSpan data);

}  // namespace mtkrig::protocol
