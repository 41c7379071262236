#pragma once

#include <cstdint>

#include "protocol/base/bytes.h"

namespace mtkrig::protocol {

// The CRC-32 of GPT headers (IEEE 802.3, reflected, as in zlib). Pass a former result as `crc` to
// continue it.
std::uint32_t Crc32(ByteSpan data, std::uint32_t crc = 0);

}  // namespace mtkrig::protocol
