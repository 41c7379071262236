// Registers and the power chip behind them, as a boot ROM and a preloader let a host at them.

#include "emulator/phone/download_mode.h"

namespace mtkrig::emulator {
namespace {

namespace brom = protocol::brom;
using brom::Command;

// A preloader's own values (preloader source of MT6582, and later ones for the two last).
constexpr std::uint16_t kPreloaderNotAligned = 0xffff;
constexpr std::uint16_t kPreloaderLengthIsZero = 0xfffe;
constexpr std::uint16_t kPreloaderOverflow = 0xfffd;
constexpr std::uint16_t kPreloaderReadRefused = 0x1000;
constexpr std::uint16_t kPreloaderWriteRefused = 0x1001;

constexpr std::uint8_t Byte(Command command) {
  return static_cast<std::uint8_t>(command);
}

}  // namespace

Task<bool> DownloadMode::AccessRegisters(std::uint8_t command) {
  RegisterAccess access{.wide = false, .write = false, .echo = true, .with_status = true};
  switch (static_cast<Command>(command)) {
    case Command::kRead16:
      break;
    case Command::kRead32:
      access.wide = true;
      break;
    case Command::kWrite16:
      access.write = true;
      break;
    case Command::kWrite16NoEcho:
      access.write = true;
      access.echo = false;
      break;
    case Command::kWrite32:
      access.write = true;
      access.wide = true;
      break;
    case Command::kReadReg16Old:
      access.with_status = false;
      break;
    case Command::kWriteReg16Old:
      // A preloader treats it as d2; a boot ROM has no status here (S).
      access.write = true;
      access.with_status = !in_brom();
      break;
    case Command::kReadReg32Old:
    case Command::kWriteReg32Old:
      if (!in_brom()) co_return true;
      access.wide = true;
      access.write = command == Byte(Command::kWriteReg32Old);
      access.with_status = false;
      break;
    default:
      co_return false;
  }
  co_await DoRegisters(access);
  co_return true;
}

Task<void> DownloadMode::DoRegisters(RegisterAccess access) {
  const std::uint32_t address = co_await port_.Take<std::uint32_t>();
  co_await port_.Send(address);
  const std::uint32_t count = co_await port_.Take<std::uint32_t>();
  co_await port_.Send(count);

  const std::uint16_t refusal = CheckRegisters(address, count, access);
  if (refusal != brom::kStatusOk) {
    if (access.with_status) co_await port_.Send(refusal);
    co_return;
  }
  const std::uint16_t done =
      access.write && in_brom() ? board_.profile.write_status : std::uint16_t{brom::kStatusOk};
  if (access.with_status) co_await port_.Send(done);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t at = address + i * (access.wide ? 4 : 2);
    if (access.write && access.wide) {
      const std::uint32_t value = co_await port_.Take<std::uint32_t>();
      if (access.echo) co_await port_.Send(value);
      board_.registers.Write32(at, value);
    } else if (access.write) {
      const std::uint16_t value = co_await port_.Take<std::uint16_t>();
      if (access.echo) co_await port_.Send(value);
      board_.registers.Write16(at, value);
    } else if (access.wide) {
      co_await port_.Send(board_.registers.Read32(at));
    } else {
      co_await port_.Send(board_.registers.Read16(at));
    }
  }
  if (access.with_status) co_await port_.Send(done);
}

std::uint16_t DownloadMode::CheckRegisters(std::uint32_t address, std::uint32_t count,
                                           const RegisterAccess& access) const {
  const std::uint32_t width = access.wide ? 4 : 2;
  const std::uint64_t bytes = std::uint64_t{count} * width;
  const bool overflow = address + bytes > 0x1'0000'0000;
  const bool reachable = board_.registers.Reachable(address, bytes);
  if (!in_brom()) {
    if (address % width != 0) return kPreloaderNotAligned;
    if (count == 0) return kPreloaderLengthIsZero;
    if (overflow) return kPreloaderOverflow;
    if (!reachable) return access.write ? kPreloaderWriteRefused : kPreloaderReadRefused;
    return brom::kStatusOk;
  }
  if (Secured(brom::kSlaRequired)) return brom::kStatusSlaRequired;
  if (address % width != 0) return brom::kStatusAddressNotAligned;
  if (count == 0) return brom::kStatusLengthIsZero;
  if (overflow) return brom::kStatusInvalidAddressAndLength;
  // An MT8755, which locks its memory, answers so for the watchdog that other chips have (issue 167
  // of M): what is not there is told first.
  if (!reachable) return brom::kStatusInvalidAddress;
  const bool locked = Secured(access.write ? brom::kMemWriteAuth : brom::kMemReadAuth);
  if (locked) return brom::kStatusRegisterRefused;
  return brom::kStatusOk;
}

Task<bool> DownloadMode::AccessPower(std::uint8_t command) {
  switch (static_cast<Command>(command)) {
    case Command::kPowerInit: {
      const std::uint32_t config = co_await port_.Take<std::uint32_t>();
      co_await port_.Send(config);
      const std::uint32_t timeout = co_await port_.Take<std::uint32_t>();
      co_await port_.Send(timeout);
      break;
    }
    case Command::kPowerDeinit:
      break;
    case Command::kPowerRead16: {
      const std::uint16_t address = co_await port_.Take<std::uint16_t>();
      co_await port_.Send(address);
      co_await port_.Send(std::uint16_t{brom::kStatusOk});  // of the arguments
      co_await port_.Send(std::uint16_t{brom::kStatusOk});  // of the access
      co_await port_.Send(board_.registers.ReadPower(address));
      co_return true;
    }
    case Command::kPowerWrite16: {
      const std::uint16_t address = co_await port_.Take<std::uint16_t>();
      co_await port_.Send(address);
      const std::uint16_t value = co_await port_.Take<std::uint16_t>();
      co_await port_.Send(value);
      co_await port_.Send(std::uint16_t{brom::kStatusOk});
      board_.registers.WritePower(address, value);
      break;
    }
    default:
      co_return false;
  }
  co_await port_.Send(std::uint16_t{brom::kStatusOk});
  co_return true;
}

}  // namespace mtkrig::emulator
