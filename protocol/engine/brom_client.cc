#include "protocol/engine/brom_client.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/engine/brom_status.h"
#include "protocol/engine/checksum.h"
#include "protocol/engine/chip_names.h"
#include "protocol/wire/brom.h"

namespace mtkrig::protocol {
namespace {

using brom::Command;

constexpr std::uint8_t Byte(Command command) {
  return static_cast<std::uint8_t>(command);
}

// Ids seen are 16 and 32 bytes long.
constexpr std::uint32_t kMaxIdSize = 256;
// Preloaders up to this version do not know GET_ME_ID (M).
constexpr std::uint8_t kLastPreloaderWithoutMeId = 2;
// Blocks in which an agent is sent; the phone takes any split (F 1 KiB, K 8 KiB).
constexpr std::size_t kSendBlock = 0x8000;

}  // namespace

Result<void> BromClient::ExpectStatus(std::string_view operation) {
  TRY_ASSIGN(const auto status, link_.ReceiveInteger<std::uint16_t>());
  if (!IsBromSuccess(status)) return BromStatusError(status, operation);
  return Ok();
}

Result<std::uint16_t> BromClient::ReadHwCode() {
  TRY(link_.SendEchoed(Byte(Command::kGetHwCode)));
  TRY_ASSIGN(const auto code, link_.ReceiveInteger<std::uint16_t>());
  TRY(ExpectStatus("GET_HW_CODE"));
  return code;
}

Result<void> BromClient::ReadVersions(DeviceIdentity& identity) {
  const Chip* chip = FindChip(identity.hw_code);
  if (chip != nullptr && chip->version_registers) {
    TRY_ASSIGN(identity.hw_version, Read16Old(chip->version_registers->hw_version));
    TRY_ASSIGN(identity.sw_version, Read16Old(chip->version_registers->sw_version));
    return Ok();
  }
  TRY(link_.SendEchoed(Byte(Command::kGetHwSwVersion)));
  std::array<std::uint8_t, 6> versions = {};
  TRY(link_.Receive(versions));
  TRY(ExpectStatus("GET_HW_SW_VER"));
  ByteReader reader(versions, Endian::kBig);
  identity.hw_sub_code = *reader.Take<std::uint16_t>();
  identity.hw_version = *reader.Take<std::uint16_t>();
  identity.sw_version = *reader.Take<std::uint16_t>();
  return Ok();
}

Result<void> BromClient::ReadTargetConfig(DeviceIdentity& identity) {
  TRY(link_.SendEchoed(Byte(Command::kGetTargetConfig)));
  TRY_ASSIGN(const auto config, link_.ReceiveInteger<std::uint32_t>());
  TRY(ExpectStatus("GET_TARGET_CONFIG"));
  identity.target_config = config;
  return Ok();
}

Result<std::vector<std::uint8_t>> BromClient::ReadId(std::uint8_t command) {
  TRY(link_.SendEchoed(command));
  TRY_ASSIGN(const auto length, link_.ReceiveInteger<std::uint32_t>());
  if (length > kMaxIdSize) {
    return Error(ErrorCode::kProtocol,
                 fmt::format("the phone announces an id of {} bytes", length));
  }
  TRY_ASSIGN(auto id, link_.ReceiveBytes(length));
  TRY_ASSIGN(auto status, link_.ReceiveInteger<std::uint16_t>());
  // M reads this status little-endian. A small status is a success in either order.
  const auto swapped = static_cast<std::uint16_t>((status << 8) | (status >> 8));
  status = std::min(status, swapped);
  if (!IsBromSuccess(status)) return BromStatusError(status, "GET_ID");
  return id;
}

Result<void> BromClient::Tolerate(Result<void> result, std::string_view command) {
  if (result) return result;
  const ErrorCode code = result.error().code();
  if (code != ErrorCode::kTimeout && code != ErrorCode::kDeviceRefused) {
    return std::move(result).error().During(command);
  }
  observer_.OnWarning(
      fmt::format("the phone does not answer {}: {}", command, result.error().message()));
  return link_.Discard(Duration::zero());
}

Result<DeviceIdentity> BromClient::Identify() {
  DeviceIdentity identity;
  auto code = ReadHwCode();
  if (!code) return std::move(code).error().During("GET_HW_CODE");
  identity.hw_code = *code;
  TRY(Tolerate(ReadVersions(identity), "GET_HW_SW_VER"));
  const std::vector<std::string> names = PossibleChips(identity.hw_code, identity.hw_sub_code);
  if (!names.empty()) identity.chip_name = names.front();

  // Not echoed. A boot ROM returns the command byte itself, a preloader its version (M).
  TRY(link_.SendInteger(Byte(Command::kGetBootloaderVersion)));
  TRY_ASSIGN(identity.bootloader_version, link_.ReceiveInteger<std::uint8_t>());
  identity.mode = identity.bootloader_version == Byte(Command::kGetBootloaderVersion)
                      ? BootMode::kBrom
                      : BootMode::kPreloader;
  TRY(link_.SendInteger(Byte(Command::kGetBromVersion)));
  TRY_ASSIGN(identity.brom_version, link_.ReceiveInteger<std::uint8_t>());

  TRY(Tolerate(ReadTargetConfig(identity), "GET_TARGET_CONFIG"));
  if (identity.mode == BootMode::kPreloader &&
      identity.bootloader_version <= kLastPreloaderWithoutMeId) {
    return identity;
  }
  const auto take_id = [&](Command command, std::vector<std::uint8_t>& id) -> Result<void> {
    TRY_ASSIGN(id, ReadId(Byte(command)));
    return Ok();
  };
  TRY(Tolerate(take_id(Command::kGetMeId, identity.me_id), "GET_ME_ID"));
  // Chips of the legacy family are never asked for a SOC id by any known tool.
  const Chip* chip = FindChip(identity.hw_code);
  if (chip != nullptr && chip->protocol != AgentProtocol::kLegacy) {
    TRY(Tolerate(take_id(Command::kGetSocId, identity.soc_id), "GET_SOC_ID"));
  }
  return identity;
}

Result<void> BromClient::ReadRegisters(std::uint8_t command, std::uint32_t address,
                                       std::uint32_t count, std::span<std::uint8_t> values) {
  TRY(link_.SendEchoed(command));
  TRY(link_.SendEchoed(address));
  TRY(link_.SendEchoed(count));
  TRY(ExpectStatus("READ register"));
  TRY(link_.Receive(values));
  return ExpectStatus("READ register");
}

Result<std::vector<std::uint16_t>> BromClient::Read16(std::uint32_t address, std::uint32_t count) {
  std::vector<std::uint8_t> bytes(std::size_t{count} * 2);
  TRY(ReadRegisters(Byte(Command::kRead16), address, count, bytes));
  std::vector<std::uint16_t> values;
  ByteReader reader(bytes, Endian::kBig);
  while (const auto value = reader.Take<std::uint16_t>()) values.push_back(*value);
  return values;
}

Result<std::vector<std::uint32_t>> BromClient::Read32(std::uint32_t address, std::uint32_t count) {
  std::vector<std::uint8_t> bytes(std::size_t{count} * 4);
  TRY(ReadRegisters(Byte(Command::kRead32), address, count, bytes));
  std::vector<std::uint32_t> values;
  ByteReader reader(bytes, Endian::kBig);
  while (const auto value = reader.Take<std::uint32_t>()) values.push_back(*value);
  return values;
}

Result<std::uint16_t> BromClient::Read16Old(std::uint32_t address) {
  TRY(link_.SendEchoed(Byte(Command::kReadReg16Old)));
  TRY(link_.SendEchoed(address));
  TRY(link_.SendEchoed(std::uint32_t{1}));
  return link_.ReceiveInteger<std::uint16_t>();
}

Result<void> BromClient::WriteRegister(const RegisterWrite& write) {
  TRY(link_.device().AnnounceWatchdogWrite(write));
  const bool wide = write.width == RegisterWidth::k32;
  TRY(link_.SendEchoed(Byte(wide ? Command::kWrite32 : Command::kWrite16)));
  TRY(link_.SendEchoed(write.address));
  TRY(link_.SendEchoed(std::uint32_t{1}));
  TRY(ExpectStatus("disable watchdog"));
  TRY(wide ? link_.SendEchoed(write.value)
           : link_.SendEchoed(static_cast<std::uint16_t>(write.value)));
  return ExpectStatus("disable watchdog");
}

Result<void> BromClient::DisableWatchdog(const Chip& chip) {
  for (const std::optional<RegisterWrite>& write :
       {std::optional(chip.watchdog), chip.second_watchdog}) {
    if (!write) continue;
    auto written = WriteRegister(*write);
    if (written) continue;
    Error error = std::move(written).error();
    if (error.code() != ErrorCode::kDeviceRefused) return error.During("disable watchdog");
    observer_.OnWarning(fmt::format("the phone keeps its watchdog: {}", error.Describe()));
  }
  return Ok();
}

Result<void> BromClient::SendDa(std::uint32_t address, ByteSpan data,
                                std::uint32_t signature_length) {
  const auto send = [&]() -> Result<void> {
    TRY(link_.SendEchoed(Byte(Command::kSendDa)));
    TRY(link_.SendEchoed(address));
    TRY(link_.SendEchoed(static_cast<std::uint32_t>(data.size())));
    TRY(link_.SendEchoed(signature_length));
    TRY(ExpectStatus("SEND_DA"));
    for (std::size_t at = 0; at < data.size(); at += kSendBlock) {
      const ByteSpan block = data.subspan(at, std::min(kSendBlock, data.size() - at));
      TRY(link_.Send(block));
      observer_.OnProgress(at + block.size(), data.size());
    }
    TRY_ASSIGN(const auto checksum, link_.ReceiveInteger<std::uint16_t>());
    TRY(ExpectStatus("SEND_DA"));
    const std::uint16_t expected = WordXor16(data);
    if (checksum == expected) return Ok();
    return Error(ErrorCode::kChecksum,
                 fmt::format("the agent arrived damaged: the phone computed 0x{:04x}, the file "
                             "gives 0x{:04x}",
                             checksum, expected))
        .WithHint("Try another cable or a USB port directly on the computer.");
  };
  auto sent = send();
  if (!sent) return std::move(sent).error().During("SEND_DA");
  return Ok();
}

Result<void> BromClient::JumpDa(std::uint32_t address) {
  const auto jump = [&]() -> Result<void> {
    TRY(link_.SendEchoed(Byte(Command::kJumpDa)));
    TRY(link_.SendEchoed(address));
    return ExpectStatus("JUMP_DA");
  };
  auto jumped = jump();
  if (!jumped) return std::move(jumped).error().During("JUMP_DA");
  return Ok();
}

}  // namespace mtkrig::protocol
