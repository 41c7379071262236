#pragma once

// The exchanges behind the commands of the legacy agent's stage 2: what follows the command byte.

#include <cstdint>
#include <string_view>

#include "protocol/wire/legacy_da.h"
#include "traces/decode/conversation.h"

namespace mtkrig::traces {

struct AgentCommand {
  protocol::legacy_da::Command opcode;
  std::string_view name;
  // None: the exchange is not known in detail.
  Task<void> (*decode)(Conversation& line) = nullptr;
};

// An ack of the phone. False, and the step is refused, for a nack or "unknown command"; anything
// else is unexpected. `what` is being acknowledged.
Task<bool> TakeAck(Conversation& line, std::string_view what);
// The same, and after a nack the dialogue that gives the reason: h> a5, d> u32.
Task<bool> TakeAckOrReason(Conversation& line, std::string_view what);

Task<void> ReadFlash(Conversation& line);
Task<void> NandReadPage(Conversation& line);
Task<void> WriteData(Conversation& line);
Task<void> WriteImage(Conversation& line);
Task<void> Format(Conversation& line);

}  // namespace mtkrig::traces
