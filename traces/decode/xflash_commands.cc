// The commands of the xflash agent, but those that move flash content.

#include <fmt/format.h>

#include <array>

#include "protocol/wire/xflash_da.h"
#include "traces/decode/decoders.h"
#include "traces/decode/xflash_exchanges.h"
#include "traces/decode/xflash_names.h"

namespace mtkrig::traces {
namespace {

namespace xflash_da = protocol::xflash_da;
using Command = xflash_da::Command;

Task<void> DecodeEnvironment(Packets& packets) {
  Conversation& line = packets.line();
  const std::uint32_t length = co_await packets.Header(kHost, "the environment", kMaxShortPacket);
  if (length < xflash_da::kEnvironmentSize) {
    co_await line.Unexpected("the environment is too short");
  }
  constexpr std::array<std::string_view, 5> kLevels = {"trace", "debug", "info", "warn", "error"};
  constexpr std::array<std::string_view, 4> kChannels = {"", "UART", "USB", "UART and USB"};
  constexpr std::array<std::string_view, 2> kHosts = {"windows", "linux"};
  const auto tell = [&](std::string_view name, std::optional<std::uint32_t> value,
                        std::span<const std::string_view> names) {
    const bool named = value && *value < names.size() && !names[*value].empty();
    if (named) {
      line.Field(name, names[*value], FieldKind::kIncidental);
    } else {
      line.Hex(name, value, FieldKind::kIncidental);
    }
  };
  const auto level = co_await line.ToldHost<std::uint32_t>(Endian::kLittle);
  tell("log level", level, kLevels);
  const auto channel = co_await line.ToldHost<std::uint32_t>(Endian::kLittle);
  tell("log channel", channel, kChannels);
  const auto host = co_await line.ToldHost<std::uint32_t>(Endian::kLittle);
  tell("host", host, kHosts);
  co_await line.Take(kHost, length - 3 * sizeof(std::uint32_t));
  co_await packets.Status("the environment", Outcome::kRefused);
}

Task<void> DecodeHwInit(Packets& packets) {
  co_await packets.Payload(kHost, "the parameters", {});
  co_await packets.Status("the parameters", Outcome::kRefused);
}

Task<void> DecodeBootTo(Packets& packets) {
  Conversation& line = packets.line();
  const std::uint32_t size =
      co_await packets.Header(kHost, "address and length", xflash_da::kBootToSize);
  if (size != xflash_da::kBootToSize) co_await line.Unexpected("address and length are too short");
  co_await line.Host<std::uint64_t>("address", Endian::kLittle);
  co_await line.Host<std::uint64_t>("length", Endian::kLittle);
  co_await packets.Payload(kHost, "the code", {.role = Role::kAgent, .content = true},
                           kMaxContentPacket);
  const bool accepted = co_await packets.Status("the code", Outcome::kRefused);
  if (!accepted) co_return;
  const auto answer = co_await packets.Number(kPhone, "the sign that it runs", true);
  if (!answer) co_return;
  if (*answer == xflash_da::kSyncSignal || IsXflashSuccess(*answer)) {
    line.Field("answer", XflashStatusText(*answer));
  } else {
    line.Rest(kPhone, *answer, Endian::kLittle);
    line.Problem(Outcome::kFailed,
                 fmt::format("the code does not run: {}", XflashStatusText(*answer)));
  }
}

Task<void> DecodeInitExternalRam(Packets& packets) {
  const auto length = co_await packets.Number(kHost, "the settings' length", true);
  packets.line().Hex("length", length);
  co_await packets.Payload(kHost, "the DRAM settings", {.role = Role::kAgent, .content = true},
                           kMaxContentPacket);
  co_await packets.Status("the DRAM settings", Outcome::kFailed);
}

Task<void> DecodeSwitchUsbSpeed(Packets& packets) {
  const auto id = co_await packets.Number(kHost, "the id", true);
  packets.line().Hex("id", id);
  const bool accepted = co_await packets.Status("the id", Outcome::kRefused);
  if (accepted) packets.line().state().expects_enumeration = true;
}

Task<void> DecodeShutdown(Packets& packets) {
  Conversation& line = packets.line();
  const std::uint32_t length = co_await packets.Header(kHost, "how to shut down", kMaxShortPacket);
  if (length < xflash_da::kShutdownSize) co_await line.Unexpected("how to shut down is too short");
  co_await line.Host<std::uint32_t>("reboot", Endian::kLittle);
  co_await line.Host<std::uint32_t>("time-out", Endian::kLittle);
  co_await line.Host<std::uint32_t>("async", Endian::kLittle);
  co_await line.Host<std::uint32_t>("boot mode", Endian::kLittle);
  co_await line.Take(kHost, length - 4 * sizeof(std::uint32_t));
  co_await packets.Status("how to shut down", Outcome::kRefused);
}

// P alone shows this one and the next.
Task<void> DecodeReadEfuse(Packets& packets) {
  co_await packets.Payload(kHost, "the fuses' parameters", {});
  const bool accepted = co_await packets.Status("the fuses", Outcome::kRefused);
  if (!accepted) co_return;
  co_await packets.Payload(kPhone, "the fuses", {.role = Role::kIdentity});
  co_await packets.Number(kHost, "the host's ack");
  co_await packets.Status("the fuses", Outcome::kFailed);
}

Task<void> DecodeWriteEfuse(Packets& packets) {
  co_await packets.Payload(kHost, "the fuses", {.role = Role::kIdentity});
  co_await packets.Payload(kHost, "the fuses' parameters", {});
  const bool accepted = co_await packets.Status("the fuses", Outcome::kRefused);
  if (accepted) co_await packets.Status("the fuses", Outcome::kFailed);
}

struct Exchange {
  Command command;
  Task<void> (*decode)(Packets& packets);
  bool status_first = true;  // the phone answers the command itself
};

constexpr std::array kExchanges = std::to_array<Exchange>({
    {Command::kDownload, DecodeDownload},
    {Command::kUpload, DecodeUpload},
    {Command::kFormat, DecodeFormat},
    {Command::kWriteData, DecodeWriteData},
    {Command::kReadData, DecodeReadData},
    {Command::kFormatPartition, DecodeFormatPartition},
    {Command::kShutdown, DecodeShutdown},
    {Command::kBootTo, DecodeBootTo},
    {Command::kDeviceControl, DecodeDeviceControl},
    {Command::kInitExternalRam, DecodeInitExternalRam},
    {Command::kSwitchUsbSpeed, DecodeSwitchUsbSpeed},
    {Command::kWriteEfuse, DecodeWriteEfuse},
    {Command::kReadEfuse, DecodeReadEfuse},
    {Command::kSetupEnvironment, DecodeEnvironment, false},
    {Command::kSetupHwInitParams, DecodeHwInit, false},
});

const Exchange* FindExchange(std::uint32_t number) {
  for (const Exchange& known : kExchanges) {
    if (static_cast<std::uint32_t>(known.command) == number) return &known;
  }
  return nullptr;
}

}  // namespace

Task<void> DecodeXflashCommand(Packets& packets, std::uint32_t number) {
  Conversation& line = packets.line();
  const XflashCommandName* name = FindXflashCommand(number);
  const std::string unknown = fmt::format("command {:06x}", number);
  packets.Begin(Layer::kXflash, name != nullptr ? name->name : unknown);
  if (name != nullptr && name->writes) line.Field("effect", "writes");
  co_await packets.Number(kHost, "a command", true);
  const Exchange* exchange = FindExchange(number);
  bool going = true;
  if (exchange == nullptr || exchange->status_first) {
    going = co_await packets.Status("the command", Outcome::kRefused);
  }
  if (going && exchange != nullptr) co_await exchange->decode(packets);
  packets.End();
}

}  // namespace mtkrig::traces
