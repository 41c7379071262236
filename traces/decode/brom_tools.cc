// Commands that other tools use, and that are of no use to reading a phone.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "protocol/wire/brom_tools.h"
#include "traces/decode/brom_exchanges.h"
#include "traces/decode/decoders.h"

namespace mtkrig::traces {
namespace {

using Opcode = protocol::brom::Command;

constexpr std::size_t kShownBytes = 32;
constexpr std::uint32_t kLongestLog = 1U << 20;

// What a host puts into memory is nothing that the protocol says; what the phone has there is
// content, as with READ32: also a single word may be of an identity.
Role RoleOfMemory(Direction side) {
  return side == kPhone ? Role::kContent : Role::kUnknown;
}

Task<void> TakeMemory(Conversation& line, Direction side, std::uint32_t length) {
  const std::uint32_t shown = std::min<std::uint32_t>(length, kShownBytes);
  const Data data = co_await line.Take(
      side, shown, {.role = RoleOfMemory(side), .keep = kShownBytes, .told = true});
  co_await line.Take(side, length - shown, {.role = RoleOfMemory(side)});
  const std::string_view more = length > shown ? "..." : "";
  line.Field("data", data.whole ? protocol::ToHex(data.bytes) + std::string(more)
                                : std::string(line.missing()));
}

// Exploits leave it unread: what they ran answers next, or the host goes on.
Task<void> TakeLastStatus(Conversation& line) {
  line.Whole();
  const Direction side = co_await line.First();
  if (side != kPhone) co_return;
  co_await line.Await(kPhone, sizeof(std::uint16_t));
  std::array<std::uint8_t, sizeof(std::uint16_t)> bytes{};
  constexpr std::array<std::uint8_t, 3> kHighBytes = {0x00, 0x1d, 0x70};  // of all statuses
  const bool known = line.Look(kPhone, bytes) == bytes.size();
  const bool status =
      !known || std::find(kHighBytes.begin(), kHighBytes.end(), bytes[0]) != kHighBytes.end();
  if (status) co_await TakeStatus(line, "last status");
}

// Whatever the host says: that it is a name is only thought.
Task<void> TakeName(Conversation& line) {
  constexpr std::size_t kSize = 64;
  const Data name =
      co_await line.Take(kHost, kSize, {.role = Role::kUnknown, .keep = kSize, .told = true});
  std::string text = std::string(name.bytes.begin(), name.bytes.end());
  text.resize(std::min(text.find('\0'), text.size()));
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  line.Field("partition", !name.whole ? std::string(line.missing())
                          : plain     ? text
                                      : protocol::ToHex(name.bytes));
}

Task<void> TakeLog(Conversation& line) {
  const auto length = co_await line.KnownPhone<std::uint32_t>("the log's length");
  if (length > kLongestLog) co_await line.Unexpected(fmt::format("a log of {:#x} bytes", length));
  line.Hex("length", length);
  co_await line.Take(kPhone, length, {.role = RoleOfMemory(kPhone)});
}

}  // namespace

Task<void> RegisterAccess(Conversation& line, Opcode /*opcode*/) {
  const auto mode = co_await line.KnownHost<std::uint32_t>("the mode");
  const bool writes = (mode & 1U) != 0;
  line.Field("mode", fmt::format("{:#x} ({})", mode, writes ? "write" : "read"));
  co_await line.Echo(std::optional(mode), "the echo of the mode");
  const auto address = co_await line.Host<std::uint32_t>("address");
  co_await line.Echo(address, "the echo of the address");
  const auto length = co_await line.KnownHost<std::uint32_t>("the length");
  line.Hex("length", length);
  co_await line.Echo(std::optional(length), "the echo of the length");
  const bool going = co_await TakeStatus(line);
  if (!going) co_return;
  co_await TakeMemory(line, writes ? kHost : kPhone, length);
  co_await TakeLastStatus(line);
}

Task<void> CacheControl(Conversation& line, Opcode /*opcode*/) {
  const auto action = co_await line.Host<std::uint8_t>("action");
  co_await line.Echo(action, "the echo of the action");
  co_await line.Phone<std::uint8_t>("answer");
  co_await TakeStatus(line);
}

Task<void> SetBaudrate(Conversation& line, Opcode /*opcode*/) {
  const auto rate = co_await line.ToldHost<std::uint32_t>();
  line.Count("rate", rate);
  co_await TakeStatus(line);
}

Task<void> BromLog(Conversation& line, Opcode opcode) {
  co_await TakeLog(line);
  const bool has_status = opcode != static_cast<Opcode>(protocol::brom::ToolCommand::kBromDebugLog);
  if (has_status) co_await TakeStatus(line);
}

Task<void> EchoedWord(Conversation& line, Opcode /*opcode*/) {
  const auto value = co_await line.Host<std::uint32_t>("value");
  co_await line.Echo(value, "the echo of the value");
  co_await TakeStatus(line);
}

Task<void> SendPartitionData(Conversation& line, Opcode /*opcode*/) {
  co_await TakeName(line);
  const auto length = co_await line.KnownHost<std::uint32_t>("the length");
  line.Hex("length", length);
  const bool going = co_await TakeStatus(line);
  if (!going) co_return;
  co_await line.Take(kHost, length, {.role = Role::kContent, .content = true});
  co_await line.Host<std::uint32_t>("checksum");
}

Task<void> JumpToPartition(Conversation& line, Opcode /*opcode*/) {
  co_await TakeName(line);
  co_await TakeStatus(line);
}

Task<void> UnknownArguments(Conversation& line, Opcode opcode) {
  line.Field("arguments", "not understood");
  line.Whole();
  const auto own_echo = static_cast<std::uint8_t>(opcode);
  bool echoed = false;
  for (;;) {
    const Direction side = co_await line.First();
    std::uint8_t byte = 0;
    const bool known = line.Look(side, {&byte, 1}) == 1;
    if (side == kPhone && !echoed && known && byte == own_echo) {
      co_await line.Expect(kPhone, own_echo, "the echo of the command");
      echoed = true;
      continue;
    }
    echoed = true;
    if (side == kHost && line.AtTransferStart(kHost)) {
      const bool next = co_await IsNextBromCommand(line);
      if (next) co_return;
    }
    co_await line.Take(side, line.TransferLeft(side), {.role = Role::kUnknown});
  }
}

}  // namespace mtkrig::traces
