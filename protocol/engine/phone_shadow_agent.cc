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

void PhoneShadow::AtAgentCommand() {
  TakeFromHost(1, &PhoneShadow::OnAgentCommand);
  place_ = Place::kCommand;
}

void PhoneShadow::OnAgentCommand() {
  command_ = taken_[0];
  switch (static_cast<Command>(command_)) {
    case Command::kSwitchPart:
      return TakeFromDevice(1, &PhoneShadow::OnSwitchPartAck);
    case Command::kUsbSetupPort:
      return TakeFromHost(1, &PhoneShadow::OnSetupPort);
    case Command::kUsbCheckStatus:
      return AtAgentCommand();
    case Command::kReadReg16:
    case Command::kReadReg32:
      return SkipFromHost(4, &PhoneShadow::AtAgentCommand);
    case Command::kReadPmt:
      return TakeFromDevice(1, &PhoneShadow::OnPmtAck);
    case Command::kRead:
      return TakeFromHost(1 + 1 + 8 + 8, &PhoneShadow::OnReadCommand);
    case Command::kNandReadPage:
      return TakeFromHost(3 + 4 + 4 + 4, &PhoneShadow::OnNandCommand);
    case Command::kFinish:
      return TakeFromDevice(1, &PhoneShadow::OnFinishAck);
    case Command::kEnableWatchdog:
      return TakeFromHost(4 + 4, &PhoneShadow::OnWatchdogArguments);
    default:
      Refuse(fmt::format("agent command 0x{:02x} is none of those that only read", command_));
  }
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
  AtAgentCommand();
}

// USB_SETUP_PORT.

void PhoneShadow::OnSetupPort() {
  if (taken_[0] != static_cast<std::uint8_t>(legacy_da::UsbSpeed::kHigh)) {
    return Refuse(fmt::format("USB set-up of unknown kind {}", taken_[0]));
  }
  TakeFromDevice(1, &PhoneShadow::OnSetupPortAck);
}

void PhoneShadow::OnSetupPortAck() {
  if (!AgentAcked()) return;
  AtAgentCommand();
  port_is_set_up_ = true;
}

// SDMMC_READ_PMT.

void PhoneShadow::OnPmtAck() {
  if (AgentAcked()) TakeFromDevice(4, &PhoneShadow::OnPmtLength);
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
  place_ = Place::kCommand;
}

void PhoneShadow::OnAfterEnd() {
  Refuse("the session with this phone has ended");
}

// READ.

void PhoneShadow::OnReadCommand() {
  const std::uint8_t host = taken_[0];
  const std::uint8_t storage = taken_[1];
  data_left_ = LoadBe<std::uint64_t>(taken().subspan(10));
  if (host < static_cast<std::uint8_t>(legacy_da::HostOs::kMac) ||
      host > static_cast<std::uint8_t>(legacy_da::HostOs::kLinux) ||
      storage > static_cast<std::uint8_t>(legacy_da::Storage::kUfs) || data_left_ == 0) {
    return Refuse(fmt::format("READ with unknown arguments {}", ToHex(taken())));
  }
  TakeFromDevice(1, &PhoneShadow::OnReadAck);
}

void PhoneShadow::OnReadAck() {
  if (taken_[0] == legacy_da::kNack) return TakeFromHost(1, &PhoneShadow::OnReadRefusalAck);
  if (AgentAcked()) TakeFromHost(4, &PhoneShadow::OnReadPacketLength);
}

void PhoneShadow::OnReadRefusalAck() {
  if (taken_[0] != legacy_da::kNack) {
    return Refuse(fmt::format("0x{:02x} after the agent refused to read", taken_[0]));
  }
  AtAgentCommand();
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

void PhoneShadow::OnNandCommand() {
  data_left_ = LoadBe<std::uint32_t>(taken().subspan(7));
  const bool known = taken_[0] == static_cast<std::uint8_t>(legacy_da::HostOs::kLinux) &&
                     taken_[1] == static_cast<std::uint8_t>(legacy_da::NandReadKind::kPageOnly) &&
                     taken_[2] <= 1 && data_left_ != 0 &&
                     LoadBe<std::uint32_t>(taken().subspan(11)) == 0;
  if (!known) return Refuse(fmt::format("NAND_READPAGE with unknown arguments {}", ToHex(taken())));
  TakeFromDevice(1, &PhoneShadow::OnNandAck);
}

void PhoneShadow::OnNandAck() {
  if (AgentAcked()) TakeFromDevice(4 + 4 + 4, &PhoneShadow::OnNandSizes);
}

void PhoneShadow::OnNandSizes() {
  packet_length_ = LoadBe<std::uint32_t>(taken().subspan(8));
  if (packet_length_ == 0 || packet_length_ > kMaxReadPacket) {
    return Refuse(fmt::format("the agent announces packets of 0x{:x} bytes", packet_length_));
  }
  SkipFromHost(4, &PhoneShadow::AtNandData);
}

void PhoneShadow::AtNandData() {
  packet_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(data_left_, packet_length_));
  data_left_ -= packet_;
  // A word stands before the first packet.
  SkipFromDevice(4 + std::uint64_t{packet_} + 2, &PhoneShadow::AtReadPacketAck);
}

}  // namespace mtkrig::protocol
