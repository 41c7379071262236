#pragma once

// The decoders, one for each part of a session. Each describes steps of its own; see
// conversation.h for what co_await does when something does not fit.
//
// Written from protocol/README.md and the clients that it names: M bkerler/mtkclient, F
// saleemrashid/mediatek_flash_tool, S spft-replay.

#include <cstdint>

#include "traces/decode/conversation.h"

namespace mtkrig::traces {

inline constexpr Direction kHost = Direction::kToPhone;  // what the host sends
inline constexpr Direction kPhone = Direction::kToHost;  // what the phone sends

// A whole conversation; does not return. `lost`: the decoder before this one gave up. `stuck`: it
// took nothing, so this one has to.
Task<void> DecodeConversation(Conversation& line, bool lost, bool stuck);

// READY, sent by the phone unasked. Requires that a byte of it is next.
Task<void> DecodeReady(Conversation& line);
// a0 0a 50 05 and their complements. Requires that the host's next byte is one of them.
Task<void> DecodeHandshake(Conversation& line);
// The name of a boot mode, which a tool sends to a preloader instead. Requires IsBootMode().
Task<void> DecodeBootMode(Conversation& line);
// Whether the host's next bytes are such a name.
bool IsBootMode(const Conversation& line);

// A command of boot ROM or preloader. Requires that its byte is next, and IsBromCommand().
Task<void> DecodeBromCommand(Conversation& line);
bool IsBromCommand(std::uint8_t opcode);
// And whether it is one that can be told from other bytes: what belongs to it is known, and no
// address begins with it. Others are commands only where one is due.
bool IsKnownBromCommand(std::uint8_t opcode);

// Legacy stage 1, from its c0 to the moment when stage 2 runs; or, if the host goes on in packets,
// only the c0. Requires that c0 is next.
Task<void> DecodeStage1(Conversation& line);
// What stage 2 says of the phone's storage, unasked.
Task<void> DecodeStorageReport(Conversation& line);
// A command of stage 2. Requires that its byte is next, and IsAgentCommand().
Task<void> DecodeAgentCommand(Conversation& line);
bool IsAgentCommand(std::uint8_t opcode);

}  // namespace mtkrig::traces
