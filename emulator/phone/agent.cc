#include "emulator/phone/agent.h"

#include <algorithm>
#include <chrono>

namespace mtkrig::emulator {
namespace {

namespace da = protocol::legacy_da;
using da::Command;

// Between the last acknowledgement and the moment the device leaves the bus.
constexpr std::chrono::milliseconds kLeaveDelay(50);
constexpr std::uint8_t kUsbHighSpeed = 1;

std::vector<std::uint8_t> PmtTable(const Profile& profile) {
  protocol::ByteWriter table(protocol::Endian::kLittle);
  for (const PmtRecord& record : profile.pmt) {
    const std::size_t name = std::min(record.name.size(), da::kPmtNameSize - 1);
    for (std::size_t i = 0; i < name; ++i) table.Put(static_cast<std::uint8_t>(record.name[i]));
    table.PutZeros(da::kPmtNameSize - name);
    if (profile.pmt_format == PmtFormat::k32Bit) {
      table.Put(static_cast<std::uint32_t>(record.size));
      table.Put(static_cast<std::uint32_t>(record.offset));
      table.Put(static_cast<std::uint32_t>(record.mask_flags));
      continue;
    }
    table.Put(record.size);
    if (profile.pmt_format == PmtFormat::k64BitWithPart) table.Put(record.part_id);
    table.Put(record.offset);
    table.Put(record.mask_flags);
  }
  return table.Release();
}

}  // namespace

std::optional<StorageArea> EmmcAreaOf(std::uint8_t part) {
  const bool known = part >= static_cast<std::uint8_t>(da::EmmcPart::kBoot1) &&
                     part <= static_cast<std::uint8_t>(da::EmmcPart::kUser);
  // The numbers of areas are those of the command.
  return known ? std::optional(static_cast<StorageArea>(part)) : std::nullopt;
}

Task<void> Agent::Run() {
  co_await Report();
  for (;;) {
    const std::uint8_t command = co_await port_.Take<std::uint8_t>();
    co_await ServeCommand(command);
  }
}

// Not a coroutine itself: it picks the one that the command names.
Task<void> Agent::ServeCommand(std::uint8_t command) {
  switch (static_cast<Command>(command)) {
    case Command::kUsbCheckStatus:
      return CheckUsbStatus();
    case Command::kUsbSetupPort:
      return SetUpUsbPort();
    case Command::kSwitchPart:
      return SwitchPart();
    case Command::kReadPmt:
      return ReadPmt();
    case Command::kReadReg32:
      return ReadRegister();
    case Command::kWriteReg32:
      return WriteRegister();
    case Command::kEnableWatchdog:
      return EnableWatchdog();
    case Command::kFinish:
      return Finish();
    case Command::kRead:
      return Read();
    case Command::kNandReadPage:
      return NandReadPage();
    case Command::kWriteData:
      return WriteData();
    case Command::kWriteImage:
      return WriteImage();
    case Command::kFormat:
      return Format();
    default:
      return AnswerUnknown();
  }
}

Task<void> Agent::AnswerUnknown() {
  co_await port_.Send(da::kUnknownCommand);
}

Task<void> Agent::CheckUsbStatus() {
  co_await port_.Send(da::kAck);
  const da::UsbSpeed speed = board_.high_speed ? da::UsbSpeed::kHigh : da::UsbSpeed::kFull;
  co_await port_.Send(static_cast<std::uint8_t>(speed));
}

Task<void> Agent::SetUpUsbPort() {
  const std::uint8_t speed = co_await port_.Take<std::uint8_t>();
  if (speed != kUsbHighSpeed) {
    co_await port_.Send(da::kNack);
    co_return;
  }
  co_await port_.Send(da::kAck);
  co_await port_.Drain(kDrainLimit);
  co_await port_.Sleep(kLeaveDelay);
  board_.power_request = PowerRequest{.kind = PowerRequest::Kind::kHighSpeed};
}

Task<void> Agent::SwitchPart() {
  co_await port_.Send(da::kAck);
  const std::uint8_t part = co_await port_.Take<std::uint8_t>();
  const std::optional<StorageArea> area = EmmcAreaOf(part);
  if (!area || board_.SizeOf(*area) == 0) {
    co_await port_.Send(da::kNack);
    co_return;
  }
  part_ = *area;
  co_await port_.Send(da::kAck);
}

Task<void> Agent::ReadPmt() {
  if (board_.profile.pmt_format == PmtFormat::kNone) {
    co_await port_.Send(da::kNack);
    co_return;
  }
  const std::vector<std::uint8_t> table = PmtTable(board_.profile);
  co_await port_.Send(da::kAck);
  co_await port_.Send(static_cast<std::uint32_t>(table.size()));
  const std::uint8_t go = co_await port_.Take<std::uint8_t>();
  if (go != da::kAck) co_return;
  co_await port_.Send(table);
  // Whatever the host makes of the table, the command is over.
  co_await port_.Take<std::uint8_t>();
}

// An agent reads and writes where it is told; what is no register of this phone reads as zero and
// is not acknowledged.
Task<void> Agent::ReadRegister() {
  const std::uint32_t address = co_await port_.Take<std::uint32_t>();
  const bool reachable = address % 4 == 0 && board_.registers.Reachable(address, 4);
  co_await port_.Send(reachable ? board_.registers.Read32(address) : std::uint32_t{0});
  co_await port_.Send(reachable ? da::kAck : da::kNack);
}

Task<void> Agent::WriteRegister() {
  const std::uint32_t address = co_await port_.Take<std::uint32_t>();
  const std::uint32_t value = co_await port_.Take<std::uint32_t>();
  const bool reachable = address % 4 == 0 && board_.registers.Reachable(address, 4);
  if (reachable) board_.registers.Write32(address, value);
  co_await port_.Send(reachable ? da::kAck : da::kNack);
}

// F ends its sessions with this: the watchdog bites after the time given, and the phone boots.
Task<void> Agent::EnableWatchdog() {
  const std::uint32_t timeout_ms = co_await port_.Take<std::uint32_t>();
  co_await port_.Take<std::uint32_t>();  // asynchronous, boot up, download bit, keep RTC
  co_await port_.Send(da::kAck);
  co_await port_.Drain(kDrainLimit);
  board_.power_request = PowerRequest{.kind = PowerRequest::Kind::kReset,
                                      .delay = std::chrono::milliseconds(timeout_ms)};
}

Task<void> Agent::Finish() {
  co_await port_.Send(da::kAck);
  co_await port_.Take<std::uint32_t>();  // how to go on: every mode leaves the bus
  co_await port_.Send(da::kAck);
  co_await port_.Drain(kDrainLimit);
  co_await port_.Sleep(kLeaveDelay);
  board_.power_request = PowerRequest{.kind = PowerRequest::Kind::kOff};
  co_await port_.Halt();
}

}  // namespace mtkrig::emulator
