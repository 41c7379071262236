// How agents, and what authenticates them, reach boot ROM and preloader.

#include <fmt/format.h>

#include <limits>

#include "traces/decode/brom_exchanges.h"
#include "traces/decode/decoders.h"
#include "traces/decode/names.h"

namespace mtkrig::traces {
namespace {

using Opcode = protocol::brom::Command;

// An upload, its checksum (the XOR of its words) and what the phone thinks of it.
Task<void> TakeUpload(Conversation& line, std::uint32_t length) {
  const Data data = co_await line.Take(
      kHost, length, {.role = Role::kAgent, .content = true, .sum = Span::Sum::kXor16});
  const auto sum = co_await line.Checksum(kPhone, data);
  line.Field("checksum", sum ? fmt::format("{:04x}", *sum) : std::string(line.missing()));
  co_await TakeStatus(line, "upload status");
}

}  // namespace

Task<void> SendDa(Conversation& line, Opcode /*opcode*/) {
  const auto address = co_await line.Host<std::uint32_t>("address");
  co_await line.Echo(address, "the echo of the address");
  const auto length = co_await line.KnownHost<std::uint32_t>("the length");
  line.Hex("length", length);
  co_await line.Echo(std::optional(length), "the echo of the length");
  const auto signature = co_await line.Host<std::uint32_t>("signature");
  co_await line.Echo(signature, "the echo of the signature's length");
  const bool going = co_await TakeStatus(line);
  if (going) co_await TakeUpload(line, length);
}

// M's account of it ends with a dialogue that is not understood; it is left to the unknown.
Task<void> SendEnvPrepare(Conversation& line, Opcode /*opcode*/) {
  const auto address = co_await line.Host<std::uint32_t>("address");
  co_await line.Echo(address, "the echo of the address");
  const auto length = co_await line.KnownHost<std::uint32_t>("the length");
  line.Hex("length", length);
  co_await line.Echo(std::optional(length), "the echo of the length");
  const auto second_address = co_await line.Host<std::uint32_t>("second address");
  co_await line.Echo(second_address, "the echo of the second address");
  const auto second_length = co_await line.Host<std::uint32_t>("second length");
  co_await line.Echo(second_length, "the echo of the second length");
  const bool going = co_await TakeStatus(line);
  if (going) co_await TakeUpload(line, length);
}

Task<void> JumpDa(Conversation& line, Opcode /*opcode*/) {
  const auto address = co_await line.Host<std::uint32_t>("address");
  co_await line.Echo(address, "the echo of the address");
  const bool going = co_await TakeStatus(line);
  if (going) line.state().partner = Partner::kStage1;
}

Task<void> JumpDa64(Conversation& line, Opcode /*opcode*/) {
  const auto address = co_await line.Host<std::uint32_t>("address");
  co_await line.Echo(address, "the echo of the address");
  const auto wide = co_await line.ToldHost<std::uint8_t>();
  line.Field("state", !wide        ? std::string(line.missing())
                      : *wide == 1 ? "64 bits"
                      : *wide == 0 ? "32 bits"
                                   : fmt::format("{:#x}", *wide));
  co_await line.Echo(wide, "the echo of the state");
  const bool going = co_await TakeStatus(line);
  if (going) line.state().partner = Partner::kStage1;
}

// A certificate or an authentication file.
Task<void> SendBlob(Conversation& line, Opcode /*opcode*/) {
  const auto length = co_await line.KnownHost<std::uint32_t>("the length");
  line.Hex("length", length);
  co_await line.Echo(std::optional(length), "the echo of the length");
  const bool going = co_await TakeStatus(line);
  if (going) co_await TakeUpload(line, length);
}

// The phone's challenge and the host's answer, whose length goes little-endian one way and
// big-endian the other (M). The last status has 32 bits.
Task<void> Sla(Conversation& line, Opcode /*opcode*/) {
  constexpr std::uint32_t kLongest = 0x10000;
  const bool going = co_await TakeStatus(line);
  if (!going) co_return;
  const auto challenge = co_await line.KnownPhone<std::uint32_t>("the challenge's length");
  if (challenge > kLongest) co_await line.Unexpected("a challenge that is too long");
  line.Hex("challenge", challenge);
  co_await line.Take(kPhone, challenge, {.role = Role::kIdentity});
  const auto answer =
      co_await line.KnownHost<std::uint32_t>("the answer's length", Endian::kLittle);
  if (answer > kLongest) co_await line.Unexpected("an answer that is too long");
  line.Hex("answer", answer);
  co_await line.Echo(std::optional(answer), "the echo of the answer's length");
  const bool taken = co_await TakeStatus(line, "length status");
  if (!taken) co_return;
  co_await line.Take(kHost, answer, {.role = Role::kIdentity});
  const auto status = co_await line.ToldPhone<std::uint32_t>();
  line.Field("answer status", status ? BromStatusText(static_cast<std::uint16_t>(*status))
                                     : std::string(line.missing()));
  if (status && *status > std::numeric_limits<std::uint16_t>::max()) line.Rest(kPhone, *status);
  if (status && *status > protocol::brom::kStatusOkMax) {
    line.Problem(Outcome::kRefused, "the answer was not accepted");
  }
}

}  // namespace mtkrig::traces
