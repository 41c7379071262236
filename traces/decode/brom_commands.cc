// The commands of boot ROM and preloader that say what the phone is, and the table of all.

#include <fmt/format.h>

#include <array>

#include "protocol/wire/brom.h"
#include "protocol/wire/brom_tools.h"
#include "traces/decode/brom_exchanges.h"
#include "traces/decode/decoders.h"
#include "traces/decode/names.h"

namespace mtkrig::traces {
namespace {

namespace brom = protocol::brom;
using Opcode = brom::Command;

Task<void> HwCode(Conversation& line, Opcode /*opcode*/) {
  const auto code = co_await line.Phone<std::uint16_t>("hw code");
  if (code) line.state().hw_code = code;
  co_await TakeStatus(line);
}

Task<void> HwSwVersion(Conversation& line, Opcode /*opcode*/) {
  co_await line.Phone<std::uint16_t>("sub code");
  co_await line.Phone<std::uint16_t>("hw version");
  co_await line.Phone<std::uint16_t>("sw version");
  co_await TakeStatus(line);
}

Task<void> TargetConfig(Conversation& line, Opcode /*opcode*/) {
  const auto flags = co_await line.ToldPhone<std::uint32_t>();
  line.Field("config", flags ? TargetConfigText(*flags) : std::string(line.missing()));
  co_await TakeStatus(line);
}

// ME id or SoC id.
Task<void> Identity(Conversation& line, Opcode /*opcode*/) {
  constexpr std::uint32_t kLongest = 4096;
  const auto length = co_await line.KnownPhone<std::uint32_t>("the length of the id");
  if (length > kLongest) co_await line.Unexpected(fmt::format("an id of {:#x} bytes", length));
  const Data id =
      co_await line.Take(kPhone, length, {.role = Role::kIdentity, .keep = kLongest, .told = true});
  line.Field("id", id.whole ? protocol::ToHex(id.bytes) : std::string(line.missing()),
             FieldKind::kIdentity);
  co_await TakeStatus(line);
}

Task<void> PreloaderCapability(Conversation& line, Opcode /*opcode*/) {
  co_await line.Phone<std::uint32_t>("first");
  co_await line.Phone<std::uint32_t>("second");
}

Task<void> OnlyStatus(Conversation& line, Opcode /*opcode*/) {
  co_await TakeStatus(line);
}

Task<void> JumpBootloader(Conversation& line, Opcode /*opcode*/) {
  const bool going = co_await TakeStatus(line);
  if (going) co_await TakeStatus(line, "second status");
}

// Answered with a version in place of an echo; the mode that does not know the command echoes it.
Task<void> Version(Conversation& line, Opcode /*opcode*/) {
  co_await line.Phone<std::uint8_t>("version");
}

constexpr Opcode Of(brom::ToolCommand command) {
  return static_cast<Opcode>(command);
}

using Tool = brom::ToolCommand;

constexpr std::array kCommands = std::to_array<BromCommand>({
    {Opcode::kReadReg16Old, "READ16 (old)", ReadRegistersOld},
    {Opcode::kReadReg32Old, "READ32 (old)", ReadRegistersOld},
    {Opcode::kWriteReg16Old, "WRITE16 (old)", WriteRegistersOld},
    {Opcode::kWriteReg32Old, "WRITE32 (old)", WriteRegistersOld},
    {Opcode::kPowerInit, "PWR_INIT", PowerInit},
    {Opcode::kPowerDeinit, "PWR_DEINIT", OnlyStatus, true, true},
    {Opcode::kPowerRead16, "PWR_READ16", PowerRead},
    {Opcode::kPowerWrite16, "PWR_WRITE16", PowerWrite},
    {Opcode::kRead16, "READ16", ReadRegisters},
    {Opcode::kRead32, "READ32", ReadRegisters},
    {Opcode::kWrite16, "WRITE16", WriteRegisters},
    {Opcode::kWrite32, "WRITE32", WriteRegisters},
    {Opcode::kWrite16NoEcho, "WRITE16_NO_ECHO", WriteRegistersWithoutEcho},
    {Opcode::kJumpDa, "JUMP_DA", JumpDa},
    {Opcode::kJumpDa64, "JUMP_DA64", JumpDa64},
    {Opcode::kJumpBootloader, "JUMP_BL", JumpBootloader},
    {Opcode::kSendDa, "SEND_DA", SendDa},
    {Opcode::kSendEnvPrepare, "SEND_ENV_PREPARE", SendEnvPrepare},
    {Opcode::kGetTargetConfig, "GET_TARGET_CONFIG", TargetConfig, true, true},
    {Opcode::kUart1LogEnable, "UART1_LOG_EN", OnlyStatus, true, true},
    {Opcode::kSendCert, "SEND_CERT", SendBlob},
    {Opcode::kSendAuth, "SEND_AUTH", SendBlob},
    {Opcode::kSla, "SLA", Sla},
    {Opcode::kGetMeId, "GET_ME_ID", Identity, true, true},
    {Opcode::kGetSocId, "GET_SOC_ID", Identity, true, true},
    {Opcode::kGetPreloaderCapability, "GET_PL_CAP", PreloaderCapability, true, true},
    {Opcode::kGetHwSwVersion, "GET_HW_SW_VER", HwSwVersion, true, true},
    {Opcode::kGetHwCode, "GET_HW_CODE", HwCode, true, true},
    {Opcode::kGetBootloaderVersion, "GET_BL_VER", Version, false},
    {Opcode::kGetBromVersion, "GET_VERSION", Version, false},
    {Of(Tool::kRegisterAccess), "REGISTER_ACCESS", RegisterAccess},
    {Of(Tool::kCacheControl), "CACHE_CONTROL", CacheControl},
    {Of(Tool::kUart1SetBaudrate), "UART1_SET_BAUDRATE", SetBaudrate},
    {Of(Tool::kBromDebugLog), "BROM_DEBUGLOG", BromLog, true, true},
    {Of(Tool::kGetBromLogNew), "GET_BROM_LOG_NEW", BromLog, true, true},
    {Of(Tool::kCommandE5), "CMD_E5", EchoedWord},
    {Of(Tool::kSendPartitionData), "SEND_PARTITION_DATA", SendPartitionData},
    {Of(Tool::kJumpToPartition), "JUMP_TO_PARTITION", JumpToPartition},
    {Of(Tool::kCheckUsb), "CHECK_USB", UnknownArguments, false},
    {Of(Tool::kStayStill), "STAY_STILL", UnknownArguments, false},
    {Of(Tool::kCommand88), "CMD_88", UnknownArguments, false},
    {Of(Tool::kI2cInit), "I2C_INIT", UnknownArguments, false},
    {Of(Tool::kI2cDeinit), "I2C_DEINIT", UnknownArguments, false},
    {Of(Tool::kI2cWrite8), "I2C_WRITE8", UnknownArguments, false},
    {Of(Tool::kI2cRead8), "I2C_READ8", UnknownArguments, false},
    {Of(Tool::kI2cSetSpeed), "I2C_SET_SPEED", UnknownArguments, false},
    {Of(Tool::kI2cInitEx), "I2C_INIT_EX", UnknownArguments, false},
    {Of(Tool::kI2cDeinitEx), "I2C_DEINIT_EX", UnknownArguments, false},
    {Of(Tool::kI2cWrite8Ex), "I2C_WRITE8_EX", UnknownArguments, false},
    {Of(Tool::kI2cRead8Ex), "I2C_READ8_EX", UnknownArguments, false},
    {Of(Tool::kI2cSetSpeedEx), "I2C_SET_SPEED_EX", UnknownArguments, false},
    {Of(Tool::kGetMauiFirmwareVersion), "GET_MAUI_FW_VER", UnknownArguments, false},
    {Of(Tool::kOldSlaSendAuth), "OLD_SLA_SEND_AUTH", UnknownArguments, false},
    {Of(Tool::kOldSlaGetRandom), "OLD_SLA_GET_RN", UnknownArguments, false},
    {Of(Tool::kOldSlaVerifyRandom), "OLD_SLA_VERIFY_RN", UnknownArguments, false},
    {Of(Tool::kCommandE4), "CMD_E4", UnknownArguments, false},
    {Of(Tool::kCommandE6), "CMD_E6", UnknownArguments, false},
    {Of(Tool::kCommandE8), "CMD_E8", UnknownArguments, false},
    {Of(Tool::kZeroization), "ZEROIZATION", UnknownArguments, false},
    {Of(Tool::kCommandFa), "CMD_FA", UnknownArguments, false},
});

const BromCommand* Find(std::uint8_t opcode) {
  for (const BromCommand& command : kCommands) {
    if (static_cast<std::uint8_t>(command.opcode) == opcode) return &command;
  }
  return nullptr;
}

// Whether the phone goes on after its echo. One that does not know a command echoes it and no more;
// then it is the echo of the host's next command that follows.
Task<bool> Answers(Conversation& line) {
  const Direction side = co_await line.First();
  if (side == kPhone || !line.AtTransferStart(kHost)) co_return true;
  std::uint8_t next_command = 0;
  if (line.Look(kHost, {&next_command, 1}) == 0 || !IsBromCommand(next_command)) co_return true;
  co_await line.Await(kPhone, 1);
  std::uint8_t answer = 0;
  co_return line.Look(kPhone, {&answer, 1}) == 0 || answer != next_command;
}

}  // namespace

bool IsBromCommand(std::uint8_t opcode) {
  return Find(opcode) != nullptr;
}

bool IsKnownBromCommand(std::uint8_t opcode) {
  // Addresses of memory and registers begin with less, and are echoed as well.
  constexpr std::uint8_t kFirst = 0xa0;
  const BromCommand* command = Find(opcode);
  return opcode >= kFirst && command != nullptr && command->decode != UnknownArguments;
}

Task<bool> IsNextBromCommand(Conversation& line) {
  constexpr std::uint64_t kLongestCommand = 32;  // more is data
  std::uint8_t opcode = 0;
  if (line.Look(kHost, {&opcode, 1}) == 0) co_return false;
  if (line.TransferLeft(kHost) > kLongestCommand) co_return false;
  const bool handshake = opcode == brom::kHandshake[0];
  // An address, too, may begin like one of the others, and is longer.
  const bool alone = line.TransferLeft(kHost) == 1 && IsBromCommand(opcode);
  if (!handshake && !alone && !IsKnownBromCommand(opcode)) co_return false;
  co_await line.Await(kPhone, 1);
  std::uint8_t answer = 0;
  if (line.Look(kPhone, {&answer, 1}) == 0) co_return false;
  co_return answer == (handshake ? static_cast<std::uint8_t>(~opcode) : opcode);
}

Task<void> DecodeBromCommand(Conversation& line) {
  std::uint8_t opcode = 0;
  line.Look(kHost, {&opcode, 1});
  const BromCommand& command = *Find(opcode);
  line.state().partner = Partner::kDownloadMode;
  line.Begin(Layer::kBrom, command.name);
  co_await line.ToldHost<std::uint8_t>();
  if (command.echoed) {
    co_await line.Expect(kPhone, opcode, "the echo of the command");
    if (command.phone_goes_on) {
      const bool answered = co_await Answers(line);
      if (!answered) {
        line.Problem(Outcome::kRefused, "echoed, and not answered");
        line.End();
        co_return;
      }
    }
  }
  co_await command.decode(line, command.opcode);
  line.End();
}

Task<bool> TakeStatus(Conversation& line, std::string_view name) {
  const auto status = co_await line.ToldPhone<std::uint16_t>();
  line.Field(name, status ? BromStatusText(*status) : std::string(line.missing()));
  if (!status || *status <= brom::kStatusOkMax) co_return true;
  line.Problem(Outcome::kRefused, fmt::format("{} {}", name, BromStatusText(*status)));
  co_return false;
}

}  // namespace mtkrig::traces
