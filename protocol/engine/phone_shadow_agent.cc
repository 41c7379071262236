// The command loop of stage 2 of the legacy agent in PhoneShadow.

#include <fmt/format.h>

#include <algorithm>

#include "protocol/engine/phone_shadow.h"
#include "protocol/wire/legacy_da.h"

namespace mtkrig::protocol {
namespace {

using legacy_da::Command;

// Larger than any table a phone has; a length beyond it means that we misunderstand the phone.
constexpr std::uint32_t kMaxPmtSize = 1U << 20;
constexpr std::uint32_t kMaxReadPacket = 1U << 24;
constexpr std::uint32_t kMaxFinishMode = 2;
// The word that M sends before the pages of NAND_READPAGE.
constexpr std::uint32_t kNandGo = 1;
// The lowest command of any agent is 0x51 (wire/legacy_da.h and its sources).
constexpr std::uint8_t kCommandsFrom = 0x50;
// After its nack an agent may hand out a reason unasked.
constexpr std::size_t kReasonSize = 4;

bool IsNoCommand(std::uint8_t byte) {
  return byte < kCommandsFrom;
}

}  // namespace

bool PhoneShadow::HostAcked() {
  if (taken_[0] == legacy_da::kAck) return true;
  Refuse(fmt::format("0x{:02x} where the agent waits for an ack", taken_[0]));
  return false;
}

bool PhoneShadow::AgentAcked() {
  if (taken_[0] == legacy_da::kAck) return true;
  if (taken_[0] == legacy_da::kNack || taken_[0] == legacy_da::kUnknownCommand) {
    AtAgentCommand();
  } else {
    Refuse(fmt::format("the agent answered 0x{:02x} to command 0x{:02x}", taken_[0], command_));
  }
  return false;
}

bool PhoneShadow::AreNoCommands(ByteSpan arguments) {
  if (std::ranges::all_of(arguments, IsNoCommand)) return true;
  Refuse(
      fmt::format("command 0x{:02x} with {}, parts of which an agent that does not know or accept "
                  "the command would take for commands",
                  command_, ToHex(arguments)));
  return false;
}

bool PhoneShadow::ArgumentsWereTaken() {
  if (taken_[0] != legacy_da::kUnknownCommand) return true;
  Refuse(
      fmt::format("the agent does not know command 0x{:02x} and may have taken its arguments "
                  "for commands",
                  command_));
  return false;
}

void PhoneShadow::AtAgentCommand() {
  TakeFromHost(1, &PhoneShadow::OnAgentCommand);
  place_ = Place::kCommand;
  tail_left_ = 0;
}

void PhoneShadow::OnAgentCommand() {
  command_ = taken_[0];
  port_is_set_up_ = false;
  switch (static_cast<Command>(command_)) {
    case Command::kSwitchPart:
      return TakeFromDevice(1, &PhoneShadow::OnSwitchPartAck);
    case Command::kUsbSetupPort:
      return TakeArgumentsFromHost(1, &PhoneShadow::OnSetupPort);
    case Command::kUsbCheckStatus:
      return TakeFromDevice(1, &PhoneShadow::OnUsbStatusAck);
    case Command::kReadReg16:
    case Command::kReadReg32:
      return TakeArgumentsFromHost(4, &PhoneShadow::OnRegisterAddress);
    case Command::kReadPmt:
      return TakeFromDevice(1, &PhoneShadow::OnPmtAck);
    case Command::kRead:
      return TakeArgumentsFromHost(1 + 1, &PhoneShadow::OnReadHead);
    case Command::kNandReadPage:
      if (!Reported(legacy_da::Storage::kNand)) {
        return Refuse("NAND_READPAGE on a phone that has not reported any NAND");
      }
      return TakeArgumentsFromHost(3, &PhoneShadow::OnNandHead);
    case Command::kFinish:
      return TakeFromDevice(1, &PhoneShadow::OnFinishAck);
    case Command::kEnableWatchdog:
      return TakeArgumentsFromHost(4 + 4, &PhoneShadow::OnWatchdogArguments);
    default:
      Refuse(fmt::format("agent command 0x{:02x} is none of those that only read", command_));
  }
}

// The last byte of an exchange. A nack here ends it as well.
void PhoneShadow::OnLastAck() {
  if (AgentAcked()) AtAgentCommand();
}

// USB_CHECK_STATUS.

void PhoneShadow::OnUsbStatusAck() {
  if (AgentAcked()) SkipFromDevice(1, &PhoneShadow::AtAgentCommand);
}

// READ_REG16 and READ_REG32.

void PhoneShadow::OnRegisterAddress() {
  const std::size_t width = command_ == static_cast<std::uint8_t>(Command::kReadReg16) ? 2 : 4;
  TakeFromDevice(width + 1, &PhoneShadow::OnRegisterValue);
}

void PhoneShadow::OnRegisterValue() {
  // An agent that does not know the command says so once for each byte.
  const std::uint8_t end = taken().back();
  if (end == legacy_da::kAck || end == legacy_da::kNack) return AtAgentCommand();
  Refuse(fmt::format("the agent ended a register read with 0x{:02x}", end));
}

// SDMMC_SWITCH_PART.

void PhoneShadow::OnSwitchPartAck() {
  if (AgentAcked()) TakeFromHost(1, &PhoneShadow::OnSwitchPart);
}

void PhoneShadow::OnSwitchPart() {
  if (taken_[0] < static_cast<std::uint8_t>(legacy_da::EmmcPart::kBoot1) ||
      taken_[0] > static_cast<std::uint8_t>(legacy_da::EmmcPart::kUser)) {
    return Refuse(fmt::format("a switch to part {} of the flash, which does not exist", taken_[0]));
  }
  TakeFromDevice(1, &PhoneShadow::OnLastAck);
}

// USB_SETUP_PORT.

void PhoneShadow::OnSetupPort() {
  if (taken_[0] != static_cast<std::uint8_t>(legacy_da::UsbSpeed::kHigh)) {
    return Refuse(fmt::format("USB set-up of unknown kind {}", taken_[0]));
  }
  TakeFromDevice(1, &PhoneShadow::OnSetupPortAck);
}

void PhoneShadow::OnSetupPortAck() {
  if (!ArgumentsWereTaken()) return;
  if (!AgentAcked()) return;
  AtAgentCommand();
  port_is_set_up_ = true;
}

// SDMMC_READ_PMT.

void PhoneShadow::OnPmtAck() {
  if (AgentAcked()) return TakeFromDevice(4, &PhoneShadow::OnPmtLength);
  tail_left_ = kReasonSize;
}

void PhoneShadow::OnPmtLength() {
  length_ = LoadBe<std::uint32_t>(taken());
  if (length_ > kMaxPmtSize) {
    return Refuse(fmt::format("the agent announces a table of 0x{:x} bytes", length_));
  }
  TakeFromHost(1, &PhoneShadow::OnPmtLengthAck);
}

void PhoneShadow::OnPmtLengthAck() {
  if (HostAcked()) SkipFromDevice(length_, &PhoneShadow::AtPmtEnd);
}

void PhoneShadow::AtPmtEnd() {
  TakeFromHost(1, &PhoneShadow::OnPmtEnd);
}

void PhoneShadow::OnPmtEnd() {
  if (HostAcked()) AtAgentCommand();
}

// FINISH and ENABLE_WATCHDOG.

void PhoneShadow::OnFinishAck() {
  if (AgentAcked()) TakeFromHost(4, &PhoneShadow::OnFinishMode);
}

void PhoneShadow::OnFinishMode() {
  const auto mode = LoadBe<std::uint32_t>(taken());
  if (mode > kMaxFinishMode) return Refuse(fmt::format("FINISH with unknown mode {}", mode));
  AtEnd();
}

void PhoneShadow::OnWatchdogArguments() {
  // u32 time-out, u8 async, u8 boot up, u8 download bit, u8 keep the clock. The third would make
  // the phone come up in download mode, and without the fourth it would lose its date.
  const std::uint8_t download_bit = taken_[6];
  const std::uint8_t keep_clock = taken_[7];
  if (download_bit != 0 || keep_clock != 1) {
    return Refuse("ENABLE_WATCHDOG that changes the phone's download bit or clock");
  }
  AtEnd();
}

void PhoneShadow::AtEnd() {
  TakeFromHost(1, &PhoneShadow::OnAfterEnd);
  place_ = Place::kOver;
}

void PhoneShadow::OnAfterEnd() {
  Refuse("the session with this phone has ended");
}

// READ.

void PhoneShadow::OnReadHead() {
  const std::uint8_t host = taken_[0];
  const std::uint8_t storage = taken_[1];
  if (host < static_cast<std::uint8_t>(legacy_da::HostOs::kMac) ||
      host > static_cast<std::uint8_t>(legacy_da::HostOs::kLinux) ||
      storage > static_cast<std::uint8_t>(legacy_da::Storage::kUfs)) {
    return Refuse(fmt::format("READ with unknown arguments {}", ToHex(taken())));
  }
  if (!Reported(static_cast<legacy_da::Storage>(storage))) {
    return Refuse(fmt::format("READ from storage {}, which the phone has not reported", storage));
  }
  TakeFromHost(8 + 8, &PhoneShadow::OnReadRange);
}

void PhoneShadow::OnReadRange() {
  data_left_ = LoadBe<std::uint64_t>(taken().subspan(8));
  if (data_left_ == 0) return Refuse("READ of nothing");
  TakeFromDevice(1, &PhoneShadow::OnReadAck);
}

void PhoneShadow::OnReadAck() {
  if (taken_[0] == legacy_da::kNack) return TakeFromHost(1, &PhoneShadow::OnReadRefusalAck);
  if (!ArgumentsWereTaken()) return;
  if (AgentAcked()) TakeArgumentsFromHost(4, &PhoneShadow::OnReadPacketLength);
}

void PhoneShadow::OnReadRefusalAck() {
  if (taken_[0] != legacy_da::kNack) {
    return Refuse(fmt::format("0x{:02x} after the agent refused to read", taken_[0]));
  }
  TakeFromDevice(kReasonSize, &PhoneShadow::OnReadRefusalReason);
}

void PhoneShadow::OnReadRefusalReason() {
  const auto unknown = [](std::uint8_t byte) {
    return byte == legacy_da::kUnknownCommand;
  };
  if (!std::ranges::all_of(taken(), unknown)) return AtAgentCommand();
  Refuse("the agent took the arguments of a READ that it refused for commands");
}

void PhoneShadow::OnReadPacketLength() {
  packet_length_ = LoadBe<std::uint32_t>(taken());
  if (packet_length_ == 0 || packet_length_ > kMaxReadPacket) {
    return Refuse(fmt::format("READ in packets of 0x{:x} bytes", packet_length_));
  }
  AtReadPacket();
}

void PhoneShadow::AtReadPacket() {
  packet_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(data_left_, packet_length_));
  data_left_ -= packet_;
  SkipFromDevice(std::uint64_t{packet_} + 2, &PhoneShadow::AtReadPacketAck);
}

void PhoneShadow::AtReadPacketAck() {
  TakeFromHost(1, &PhoneShadow::OnReadPacketAck);
}

void PhoneShadow::OnReadPacketAck() {
  if (!HostAcked()) return;
  if (data_left_ != 0) return AtReadPacket();
  AtAgentCommand();
}

// NAND_READPAGE.

void PhoneShadow::OnNandHead() {
  const bool known = taken_[0] == static_cast<std::uint8_t>(legacy_da::HostOs::kLinux) &&
                     taken_[1] == static_cast<std::uint8_t>(legacy_da::NandReadKind::kPageOnly) &&
                     taken_[2] <= 1;
  if (!known) return Refuse(fmt::format("NAND_READPAGE with unknown arguments {}", ToHex(taken())));
  TakeFromHost(4 + 4, &PhoneShadow::OnNandRange);
}

void PhoneShadow::OnNandRange() {
  data_left_ = LoadBe<std::uint32_t>(taken().subspan(4));
  if (data_left_ == 0) return Refuse("NAND_READPAGE of nothing");
  TakeArgumentsFromHost(4, &PhoneShadow::OnNandEnd);
}

void PhoneShadow::OnNandEnd() {
  const auto word = LoadBe<std::uint32_t>(taken());
  if (word != 0) return Refuse(fmt::format("NAND_READPAGE that ends with the word 0x{:x}", word));
  TakeFromDevice(1, &PhoneShadow::OnNandAck);
}

void PhoneShadow::OnNandAck() {
  if (!ArgumentsWereTaken()) return;
  if (AgentAcked()) TakeFromDevice(4 + 4 + 4, &PhoneShadow::OnNandSizes);
}

void PhoneShadow::OnNandSizes() {
  packet_length_ = LoadBe<std::uint32_t>(taken().subspan(8));
  if (packet_length_ == 0 || packet_length_ > kMaxReadPacket) {
    return Refuse(fmt::format("the agent announces packets of 0x{:x} bytes", packet_length_));
  }
  TakeFromHost(4, &PhoneShadow::OnNandGo);
}

void PhoneShadow::OnNandGo() {
  const auto word = LoadBe<std::uint32_t>(taken());
  if (word != kNandGo) return Refuse(fmt::format("NAND_READPAGE with the word 0x{:x}", word));
  AtNandData();
}

void PhoneShadow::AtNandData() {
  packet_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(data_left_, packet_length_));
  data_left_ -= packet_;
  // A word stands before the first packet.
  SkipFromDevice(4 + std::uint64_t{packet_} + 2, &PhoneShadow::AtReadPacketAck);
}

}  // namespace mtkrig::protocol
