#pragma once

// The exchanges behind the commands of boot ROM and preloader: what follows the command byte and
// its echo.

#include <cstdint>
#include <string_view>

#include "protocol/wire/brom.h"
#include "traces/decode/conversation.h"

namespace mtkrig::traces {

struct BromCommand {
  protocol::brom::Command opcode;
  std::string_view name;
  Task<void> (*decode)(Conversation& line, protocol::brom::Command opcode) = nullptr;
  bool echoed = true;
  bool phone_goes_on = false;  // the phone's turn is next, without more from the host
};

// A status word, as a field. False, and the step is refused, if it is an error.
Task<bool> TakeStatus(Conversation& line, std::string_view name = "status");

Task<void> ReadRegisters(Conversation& line, protocol::brom::Command opcode);
Task<void> WriteRegisters(Conversation& line, protocol::brom::Command opcode);
Task<void> WriteRegistersWithoutEcho(Conversation& line, protocol::brom::Command opcode);
Task<void> ReadRegistersOld(Conversation& line, protocol::brom::Command opcode);
Task<void> WriteRegistersOld(Conversation& line, protocol::brom::Command opcode);
Task<void> PowerInit(Conversation& line, protocol::brom::Command opcode);
Task<void> PowerRead(Conversation& line, protocol::brom::Command opcode);
Task<void> PowerWrite(Conversation& line, protocol::brom::Command opcode);

// Exchanges of protocol/wire/brom_tools.h.
Task<void> RegisterAccess(Conversation& line, protocol::brom::Command opcode);
Task<void> CacheControl(Conversation& line, protocol::brom::Command opcode);
Task<void> SetBaudrate(Conversation& line, protocol::brom::Command opcode);
Task<void> BromLog(Conversation& line, protocol::brom::Command opcode);
Task<void> EchoedWord(Conversation& line, protocol::brom::Command opcode);
Task<void> SendPartitionData(Conversation& line, protocol::brom::Command opcode);
Task<void> JumpToPartition(Conversation& line, protocol::brom::Command opcode);
// All up to the next command, where nobody wrote down what belongs to this one.
Task<void> UnknownArguments(Conversation& line, protocol::brom::Command opcode);

// Whether a command, or the handshake, is what the host's next transfer begins: one that is
// answered as such. Requires that one begins there. Waits for the answer.
Task<bool> IsNextBromCommand(Conversation& line);

Task<void> SendDa(Conversation& line, protocol::brom::Command opcode);
Task<void> SendEnvPrepare(Conversation& line, protocol::brom::Command opcode);
Task<void> JumpDa(Conversation& line, protocol::brom::Command opcode);
Task<void> JumpDa64(Conversation& line, protocol::brom::Command opcode);
Task<void> SendBlob(Conversation& line, protocol::brom::Command opcode);
Task<void> Sla(Conversation& line, protocol::brom::Command opcode);

}  // namespace mtkrig::traces
