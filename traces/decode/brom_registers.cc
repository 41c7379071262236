// Register access through boot ROM and preloader.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "traces/decode/brom_exchanges.h"
#include "traces/decode/decoders.h"

namespace mtkrig::traces {
namespace {

namespace brom = protocol::brom;
using Opcode = brom::Command;

// How many values a step shows.
constexpr std::size_t kShownValues = 8;
// Of 16 bits: which hardware and software MT6573 is, the same in all of them (S).
constexpr std::array<std::uint32_t, 2> kVersionRegisters = {0x70026000, 0x70026004};

bool IsWide(Opcode opcode) {
  return opcode == Opcode::kRead32 || opcode == Opcode::kWrite32 ||
         opcode == Opcode::kReadReg32Old || opcode == Opcode::kWriteReg32Old;
}

// "0x1, 0x2, ..." of the values of a step.
class ValueList {
 public:
  void Add(Conversation& line, std::optional<std::uint64_t> value) {
    if (++count_ > kShownValues) return;
    if (count_ > 1) text_ += ", ";
    text_ += value ? fmt::format("{:#x}", *value) : std::string(line.missing());
  }
  void Tell(Conversation& line) const {
    if (count_ == 0) return;
    const std::string_view more = count_ > kShownValues ? ", ..." : "";
    line.Field(count_ == 1 ? "value" : "values", text_ + std::string(more));
  }

 private:
  std::uint64_t count_ = 0;
  std::string text_;
};

struct Target {
  std::optional<std::uint32_t> address;
  std::uint32_t count = 0;
};

// Address and count, each echoed.
Task<Target> TakeTarget(Conversation& line) {
  Target target;
  target.address = co_await line.Host<std::uint32_t>("address");
  co_await line.Echo(target.address, "the echo of the address");
  target.count = co_await line.KnownHost<std::uint32_t>("the count");
  if (target.count != 1) line.Count("count", target.count);
  co_await line.Echo(std::optional(target.count), "the echo of the count");
  co_return target;
}

// What registers and memory hold may be anything: fuses with identities, texts, keys.
Role RoleOfValues(const Target& target, std::size_t width) {
  const bool version = target.address && width == sizeof(std::uint16_t) && target.count == 1 &&
                       std::find(kVersionRegisters.begin(), kVersionRegisters.end(),
                                 *target.address) != kVersionRegisters.end();
  return version ? Role::kProtocol : Role::kContent;
}

Task<void> TakeValues(Conversation& line, Target target, std::size_t width) {
  const std::uint32_t count = target.count;
  const Role role = RoleOfValues(target, width);
  const std::uint64_t shown = std::min<std::uint64_t>(count, kShownValues);
  const Data data = co_await line.Take(kPhone, shown * width,
                                       {.role = role, .keep = kShownValues * width, .told = true});
  co_await line.Take(kPhone, (count - shown) * width, {.role = role});
  ValueList values;
  for (std::size_t i = 0; i < count && i <= kShownValues; ++i) {
    const ByteSpan rest = ByteSpan(data.bytes).subspan(std::min(i * width, data.bytes.size()));
    std::optional<std::uint64_t> value;
    if (rest.size() >= width) {
      value = width == 4 ? protocol::LoadBe<std::uint32_t>(rest)
                         : std::uint32_t{protocol::LoadBe<std::uint16_t>(rest)};
    }
    values.Add(line, value);
  }
  values.Tell(line);
}

// What hosts write to a watchdog before they send an agent differs, and makes no difference.
void NoteWatchdog(Conversation& line, const Target& target) {
  const auto& registers = brom::kWatchdogRegisters;
  if (target.address &&
      std::find(registers.begin(), registers.end(), *target.address) != registers.end()) {
    line.Field("register", "watchdog");
    line.Incidental();
  }
}

template <std::unsigned_integral T>
Task<void> SendValues(Conversation& line, std::uint32_t count, bool echoed) {
  ValueList values;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto next = i < kShownValues ? line.ToldHost<T>() : line.Host<T>();
    const auto value = co_await next;
    values.Add(line, value);
    if (echoed) co_await line.Echo(value, "the echo of the value");
  }
  values.Tell(line);
}

}  // namespace

Task<void> ReadRegisters(Conversation& line, Opcode opcode) {
  const Target target = co_await TakeTarget(line);
  const bool going = co_await TakeStatus(line);
  if (!going) co_return;
  co_await TakeValues(line, target, IsWide(opcode) ? 4 : 2);
  co_await TakeStatus(line, "last status");
}

Task<void> ReadRegistersOld(Conversation& line, Opcode opcode) {
  const Target target = co_await TakeTarget(line);
  co_await TakeValues(line, target, IsWide(opcode) ? 4 : 2);
}

Task<void> WriteRegisters(Conversation& line, Opcode opcode) {
  const Target target = co_await TakeTarget(line);
  NoteWatchdog(line, target);
  const bool going = co_await TakeStatus(line);
  if (!going) co_return;
  if (IsWide(opcode)) {
    co_await SendValues<std::uint32_t>(line, target.count, true);
  } else {
    co_await SendValues<std::uint16_t>(line, target.count, true);
  }
  co_await TakeStatus(line, "last status");
}

Task<void> WriteRegistersWithoutEcho(Conversation& line, Opcode /*opcode*/) {
  const Target target = co_await TakeTarget(line);
  NoteWatchdog(line, target);
  const bool going = co_await TakeStatus(line);
  if (!going) co_return;
  co_await SendValues<std::uint16_t>(line, target.count, false);
  co_await TakeStatus(line, "last status");
}

Task<void> WriteRegistersOld(Conversation& line, Opcode opcode) {
  const Target target = co_await TakeTarget(line);
  NoteWatchdog(line, target);
  if (IsWide(opcode)) {
    co_await SendValues<std::uint32_t>(line, target.count, true);
  } else {
    co_await SendValues<std::uint16_t>(line, target.count, true);
  }
}

// The power controller has registers of 16 bits behind a wrapper (the preloader source that bq
// published for MT6582; M for the commands).
Task<void> PowerInit(Conversation& line, Opcode /*opcode*/) {
  const auto config = co_await line.Host<std::uint32_t>("config");
  co_await line.Echo(config, "the echo of the configuration");
  const auto timeout = co_await line.Host<std::uint32_t>("timeout");
  co_await line.Echo(timeout, "the echo of the time-out");
  co_await TakeStatus(line);
}

Task<void> PowerRead(Conversation& line, Opcode /*opcode*/) {
  const auto address = co_await line.Host<std::uint16_t>("address");
  co_await line.Echo(address, "the echo of the address");
  const bool going = co_await TakeStatus(line);
  if (!going) co_return;
  const bool read = co_await TakeStatus(line, "access status");
  if (read) co_await line.Phone<std::uint16_t>("value", Endian::kBig, Role::kContent);
}

Task<void> PowerWrite(Conversation& line, Opcode /*opcode*/) {
  const auto address = co_await line.Host<std::uint16_t>("address");
  co_await line.Echo(address, "the echo of the address");
  const auto value = co_await line.Host<std::uint16_t>("value");
  co_await line.Echo(value, "the echo of the value");
  const bool going = co_await TakeStatus(line);
  if (going) co_await TakeStatus(line, "access status");
}

}  // namespace mtkrig::traces
