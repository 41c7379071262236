#pragma once

#include <cstdint>

#include "protocol/base/bytes.h"

namespace mtkrig::traces {

// CRC-32 of UEFI's tables (UEFI specification 2.10, section 5.3.2): reflected 0x04c11db7, start and
// final value inverted.
std::uint32_t Crc32(protocol::ByteSpan data);

}  // namespace mtkrig::traces
