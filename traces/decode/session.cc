// The whole conversation: who speaks next, and which decoder that is for.

#include <algorithm>
#include <array>

#include "protocol/wire/brom.h"
#include "protocol/wire/legacy_da.h"
#include "traces/decode/decoders.h"
#include "traces/decode/modern_agent.h"

namespace mtkrig::traces {
namespace {

namespace brom = protocol::brom;
namespace legacy_da = protocol::legacy_da;

enum class Beginning : std::uint8_t {
  kNone,
  kReady,
  kHandshake,
  kBootMode,
  kBromCommand,
  kStage1,
  kAgentCommand,
  kModernPacket,
};

// Longest transfer that a command begins when one is searched for; what is longer is data.
constexpr std::uint64_t kLongestCommand = 32;

bool IsComplement(std::uint8_t asked, std::uint8_t answer) {
  return answer == static_cast<std::uint8_t>(~asked);
}

bool IsAgentAnswer(std::uint8_t answer) {
  return answer == legacy_da::kAck || answer == legacy_da::kNack ||
         answer == legacy_da::kUnknownCommand;
}

bool IsVersionCommand(std::uint8_t opcode) {
  return opcode == static_cast<std::uint8_t>(brom::Command::kGetBootloaderVersion) ||
         opcode == static_cast<std::uint8_t>(brom::Command::kGetBromVersion);
}

// Whether a packet of such an agent is next. Waits for all of its magic if the first bytes fit and
// it could be one.
Task<bool> IsModernPacket(Conversation& line, Direction side) {
  std::array<std::uint8_t, kModernMagic.size()> bytes{};
  const std::size_t known = line.Look(side, bytes);
  if (known == 0 || !std::equal(bytes.begin(), bytes.begin() + known, kModernMagic.begin())) {
    co_return false;
  }
  const Partner partner = line.state().partner;
  if (known < bytes.size() && partner != Partner::kModernAgent && partner != Partner::kStage1 &&
      partner != Partner::kUnknown) {
    co_return false;
  }
  co_await line.Await(side, bytes.size());
  co_return line.Look(side, bytes) == bytes.size() && bytes == kModernMagic;
}

// What the phone says unasked.
Task<Beginning> FindUnasked(Conversation& line) {
  const bool modern = co_await IsModernPacket(line, kPhone);
  if (modern) co_return Beginning::kModernPacket;
  std::array<std::uint8_t, brom::kReady.size()> bytes{};
  const std::size_t known = line.Look(kPhone, bytes);
  if (known > 0 && bytes[0] == legacy_da::kSync && line.state().partner == Partner::kStage1) {
    co_return Beginning::kStage1;
  }
  const bool agent = line.state().partner == Partner::kAgent;
  const bool ready =
      known > 0 && std::equal(bytes.begin(), bytes.begin() + known, brom::kReady.begin());
  co_return ready && !agent ? Beginning::kReady : Beginning::kNone;
}

// What the host's next byte begins, judged by the phone's answer where it could be several things.
// `searching`: a command may also be a piece of something that is not understood.
Task<Beginning> FindRequest(Conversation& line, bool searching) {
  const bool modern = co_await IsModernPacket(line, kHost);
  if (modern) co_return Beginning::kModernPacket;
  if (line.state().partner == Partner::kUnknown && IsBootMode(line)) {
    co_return Beginning::kBootMode;
  }
  std::uint8_t opcode = 0;
  if (line.Look(kHost, {&opcode, 1}) == 0) co_return Beginning::kNone;
  const Partner partner = line.state().partner;
  const bool handshake = opcode == brom::kHandshake[0];
  const bool certain = !searching && partner == Partner::kDownloadMode;
  if (certain && handshake) co_return Beginning::kHandshake;
  if (certain && IsBromCommand(opcode)) co_return Beginning::kBromCommand;
  const bool agent_certain = !searching && partner == Partner::kAgent && !handshake;
  if (agent_certain && IsAgentCommand(opcode)) co_return Beginning::kAgentCommand;
  const bool brom_command = IsKnownBromCommand(opcode);
  if (!handshake && !brom_command && !IsAgentCommand(opcode)) co_return Beginning::kNone;
  if (line.TransferLeft(kHost) > kLongestCommand) co_return Beginning::kNone;

  // A preloader that swallows the first a0 answers nothing, and the host says it again.
  std::array<std::uint8_t, 2> twice{};
  const bool again = handshake && line.available(kPhone) == 0 &&
                     line.Look(kHost, twice) == twice.size() && twice[1] == opcode;
  if (again) co_return Beginning::kHandshake;
  if (handshake && line.available(kPhone) == 0 && partner != Partner::kAgent && !searching) {
    co_return Beginning::kHandshake;
  }
  co_await line.Await(kPhone, 1);
  std::uint8_t answer = 0;
  if (line.Look(kPhone, {&answer, 1}) == 0) co_return Beginning::kNone;
  if (handshake && (IsComplement(opcode, answer) || answer == brom::kReady[0])) {
    co_return Beginning::kHandshake;
  }
  const bool download_mode = partner == Partner::kDownloadMode || partner == Partner::kUnknown;
  if (download_mode && brom_command && (answer == opcode || IsVersionCommand(opcode))) {
    co_return Beginning::kBromCommand;
  }
  if (partner != Partner::kDownloadMode && partner != Partner::kModernAgent &&
      IsAgentCommand(opcode) && IsAgentAnswer(answer)) {
    co_return Beginning::kAgentCommand;
  }
  co_return Beginning::kNone;
}

Task<Beginning> FindBeginning(Conversation& line, Direction side, bool searching) {
  if (side == kPhone) co_return co_await FindUnasked(line);
  co_return co_await FindRequest(line, searching);
}

Task<void> DecodeFrom(Conversation& line, Beginning beginning) {
  switch (beginning) {
    case Beginning::kNone:
      break;
    case Beginning::kReady:
      co_await DecodeReady(line);
      break;
    case Beginning::kHandshake:
      co_await DecodeHandshake(line);
      break;
    case Beginning::kBootMode:
      co_await DecodeBootMode(line);
      break;
    case Beginning::kBromCommand:
      co_await DecodeBromCommand(line);
      break;
    case Beginning::kStage1:
      co_await DecodeStage1(line);
      break;
    case Beginning::kAgentCommand:
      co_await DecodeAgentCommand(line);
      break;
    case Beginning::kModernPacket:
      co_await DecodeModernAgent(line);
      break;
  }
}

// Takes what is not understood, transfer by transfer, until a transfer looks like a beginning.
Task<Beginning> Search(Conversation& line, bool take_first) {
  bool open = false;
  for (;;) {
    const Direction side = co_await line.First();
    // Agents that talk in packets are found again inside of transfers too.
    const bool packets = line.state().partner == Partner::kModernAgent;
    if (!take_first && packets && CountBeforePacket(line, side) == 0) {
      co_await line.Await(side, kModernHeaderSize);
      if (CountBeforePacket(line, side) > 0) continue;
      if (open) line.End();
      co_return Beginning::kModernPacket;
    }
    if (!take_first && line.AtTransferStart(side)) {
      const Beginning beginning = co_await FindBeginning(line, side, true);
      if (beginning != Beginning::kNone) {
        if (open) line.End();
        co_return beginning;
      }
    }
    take_first = false;
    if (!open) {
      line.Begin(Layer::kUnknown, "unknown");
      line.Problem(Outcome::kUnexpected, "nothing that is known fits");
      line.Whole();
      open = true;
    }
    const std::uint64_t count = packets ? std::max<std::uint64_t>(CountBeforePacket(line, side), 1)
                                        : line.TransferLeft(side);
    co_await line.Take(side, count, {.role = Role::kUnknown});
  }
}

}  // namespace

Task<void> DecodeConversation(Conversation& line, bool lost, bool stuck) {
  for (;;) {
    Beginning beginning = Beginning::kNone;
    if (!lost) {
      const Direction side = co_await line.First();
      beginning = co_await FindBeginning(line, side, false);
      stuck = beginning == Beginning::kNone;
    }
    if (beginning == Beginning::kNone) beginning = co_await Search(line, stuck);
    lost = false;
    stuck = false;
    co_await DecodeFrom(line, beginning);
  }
}

}  // namespace mtkrig::traces
