#pragma once

// The agents after the legacy one: xflash and XML, which talk in packets of one form: magic, type,
// length, payload; little-endian.

#include <array>

#include "traces/decode/conversation.h"

namespace mtkrig::traces {

// What every packet begins with, as it goes over the line.
inline constexpr std::array<std::uint8_t, 4> kModernMagic = {0xef, 0xee, 0xee, 0xfe};

// Decodes what is said to and by such an agent, from its first packet on (its c0 has been read, and
// a packet of either side is next). Returns when what comes next, in the direction that
// Conversation::First() gives, is no packet. May be entered in the middle of a session.
protocol::Task<void> DecodeModernAgent(Conversation& line);

}  // namespace mtkrig::traces
