#pragma once

// Sums of bytes mod 65536: the checksum that an agent puts behind every packet. It is computed over
// everything that is ever read back, so it is vectorised where the processor allows.

#include <cstdint>
#include <span>

#include "protocol/base/bytes.h"

namespace mtkrig::emulator {

std::uint16_t ByteSum(protocol::ByteSpan data);

// Copies `from` to the front of `to` and returns its sum, touching memory once. Requires
// to.size() >= from.size(); the two do not overlap.
std::uint16_t CopyAndSum(protocol::ByteSpan from, std::span<std::uint8_t> to);

}  // namespace mtkrig::emulator
