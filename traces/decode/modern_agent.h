#pragma once

// The agents after the legacy one: xflash and XML, which talk in packets of one form: magic, type,
// length, payload; little-endian.

#include <array>

#include "traces/decode/conversation.h"

namespace mtkrig::traces {

// What every packet begins with, as it goes over the line.
inline constexpr std::array<std::uint8_t, 4> kModernMagic = {0xef, 0xee, 0xee, 0xfe};
inline constexpr std::size_t kModernHeaderSize = 12;  // magic, type, length

// Decodes what is said to and by such an agent, from its first packet on (its c0 has been read, and
// a packet of either side is next). Returns when what comes next, in the direction that
// Conversation::First() gives, is no packet. May be entered in the middle of a session.
protocol::Task<void> DecodeModernAgent(Conversation& line);

// Where something is damaged: how many bytes of a side stand in front of what could be a packet; 0
// if one could be next, of which not all may be there yet. No more than the transfer in front has.
// Requires that it has some.
std::uint64_t CountBeforePacket(const Conversation& line, Direction side);

}  // namespace mtkrig::traces
