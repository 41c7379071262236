// The commands of the legacy agent's stage 2, but those that move flash content.

#include <fmt/format.h>

#include <array>

#include "protocol/wire/legacy_da.h"
#include "traces/decode/agent_exchanges.h"
#include "traces/decode/decoders.h"
#include "traces/decode/names.h"

namespace mtkrig::traces {
namespace {

namespace legacy_da = protocol::legacy_da;
using Opcode = legacy_da::Command;

std::string_view SpeedName(std::uint8_t speed) {
  switch (static_cast<legacy_da::UsbSpeed>(speed)) {
    case legacy_da::UsbSpeed::kFull:
      return "full";
    case legacy_da::UsbSpeed::kHigh:
      return "high";
    case legacy_da::UsbSpeed::kSuper:
      return "above high";
  }
  return "unknown";
}

Task<void> UsbCheckStatus(Conversation& line) {
  line.Incidental();
  const bool acked = co_await TakeAck(line, "the command");
  if (!acked) co_return;
  const auto speed = co_await line.ToldPhone<std::uint8_t>();
  line.Field("speed", speed ? SpeedName(*speed) : line.missing());
}

Task<void> UsbSetupPort(Conversation& line) {
  co_await line.Host<std::uint8_t>("speed");
  const bool acked = co_await TakeAck(line, "the speed");
  if (acked) line.state().expects_enumeration = true;
}

Task<void> SwitchPart(Conversation& line) {
  const bool known = co_await TakeAck(line, "the command");
  if (!known) co_return;
  const auto part = co_await line.ToldHost<std::uint8_t>();
  line.Field("part", part ? PartText(*part) : std::string(line.missing()));
  const bool acked = co_await TakeAck(line, "the part");
  if (acked && part) line.state().part = part;
}

Task<void> ReadPmt(Conversation& line) {
  const bool acked = co_await TakeAck(line, "the command");
  if (!acked) co_return;
  const auto length = co_await line.KnownPhone<std::uint32_t>("the table's length");
  line.Hex("length", length);
  co_await line.Expect(kHost, legacy_da::kAck, "the host's ack of the length");
  co_await line.Take(kPhone, length, {.content = true});
  co_await line.Expect(kHost, legacy_da::kAck, "the host's ack of the table");
}

// The value comes before the ack, also where the register cannot be read.
Task<void> ReadReg32(Conversation& line) {
  co_await line.Host<std::uint32_t>("address");
  co_await line.Phone<std::uint32_t>("value", Endian::kBig, Role::kContent);
  co_await TakeAck(line, "the access");
}

Task<void> ReadReg16(Conversation& line) {
  co_await line.Host<std::uint32_t>("address");
  co_await line.Phone<std::uint16_t>("value", Endian::kBig, Role::kContent);
  co_await TakeAck(line, "the access");
}

Task<void> WriteReg32(Conversation& line) {
  co_await line.Host<std::uint32_t>("address");
  co_await line.Host<std::uint32_t>("value");
  co_await TakeAck(line, "the access");
}

Task<void> WriteReg16(Conversation& line) {
  co_await line.Host<std::uint32_t>("address");
  co_await line.Host<std::uint16_t>("value");
  co_await TakeAck(line, "the access");
}

Task<void> EnableWatchdog(Conversation& line) {
  const auto timeout = co_await line.ToldHost<std::uint32_t>();
  line.Count("timeout ms", timeout);
  co_await line.Host<std::uint8_t>("asynchronous");
  co_await line.Host<std::uint8_t>("boot up");
  co_await line.Host<std::uint8_t>("download bit");
  co_await line.Host<std::uint8_t>("keep clock");
  co_await TakeAck(line, "the command");
}

Task<void> Finish(Conversation& line) {
  const bool known = co_await TakeAck(line, "the command");
  if (!known) co_return;
  const auto mode = co_await line.ToldHost<std::uint32_t>();
  line.Field("mode", !mode        ? std::string(line.missing())
                     : *mode == 0 ? "off"
                     : *mode == 1 ? "reboot"
                                  : fmt::format("{:#x}", *mode));
  co_await TakeAck(line, "the mode");
}

constexpr std::array<AgentCommand, 41> kCommands = {{
    {Opcode::kSwitchPart, "SDMMC_SWITCH_PART", SwitchPart},
    {Opcode::kUsbSetupPort, "USB_SETUP_PORT", UsbSetupPort},
    {Opcode::kUsbCheckStatus, "USB_CHECK_STATUS", UsbCheckStatus},
    {Opcode::kReadReg32, "READ_REG32", ReadReg32},
    {Opcode::kReadReg16, "READ_REG16", ReadReg16},
    {Opcode::kReadPmt, "SDMMC_READ_PMT", ReadPmt},
    {Opcode::kRead, "READ", ReadFlash},
    {Opcode::kNandReadPage, "NAND_READPAGE", NandReadPage},
    {Opcode::kFinish, "FINISH", Finish},
    {Opcode::kEnableWatchdog, "ENABLE_WATCHDOG", EnableWatchdog},
    {Opcode::kWriteReg32, "WRITE_REG32", WriteReg32},
    {Opcode::kWriteReg16, "WRITE_REG16", WriteReg16},
    {Opcode::kWriteData, "SDMMC_WRITE_DATA", WriteData},
    {Opcode::kWriteImage, "SDMMC_WRITE_IMAGE", WriteImage},
    {Opcode::kFormat, "FORMAT", Format},
    {Opcode::kDownloadBootloader, "DOWNLOAD_BLOADER"},
    {Opcode::kNandBmtRemark, "NAND_BMT_REMARK"},
    {Opcode::kPowerWrite16, "PWR_WRITE16"},
    {Opcode::kPowerWrite8, "PWR_WRITE8"},
    {Opcode::kEmmcOtpProgram, "EMMC_OTP_PROGRAM"},
    {Opcode::kEmmcOtpLock, "EMMC_OTP_LOCK"},
    {Opcode::kWriteDownloadControlBit, "WRITE_USB_DOWNLOAD_CONTROL_BIT"},
    {Opcode::kWritePartitionTable, "WRITE_PARTITION_TBL"},
    {Opcode::kWritePmt, "SDMMC_WRITE_PMT"},
    {Opcode::kWriteDownloadInfo, "WRITE_DOWNLOAD_INFO"},
    {Opcode::kWriteGpt, "SDMMC_WRITE_GPT"},
    {Opcode::kNorWriteTable, "NOR_WRITE_PTB"},
    {Opcode::kNandWriteData, "NAND_WRITE_DATA"},
    {Opcode::kSecureUsbWrite, "SECURE_USB_WRITE"},
    {Opcode::kWrite, "WRITE"},
    {Opcode::kNandWriteBootloader, "NFB_WRITE_BLOADER"},
    {Opcode::kNandWriteImage, "NFB_WRITE_IMAGE"},
    {Opcode::kOtpProgram, "OTP_PROGRAM"},
    {Opcode::kOtpLock, "OTP_LOCK"},
    {Opcode::kWriteSectors, "FDM_WRITESECTORS"},
    {Opcode::kDiscardSectors, "FDM_DISCARDSECTORS"},
}};

const AgentCommand* Find(std::uint8_t opcode) {
  for (const AgentCommand& command : kCommands) {
    if (!command.name.empty() && static_cast<std::uint8_t>(command.opcode) == opcode) {
      return &command;
    }
  }
  return nullptr;
}

// What is not known in detail: the host speaks, the phone answers, and so on until the host begins
// what may be another command. Bytes are counted and shown, not interpreted.
Task<void> DecodeLoosely(Conversation& line) {
  bool answered = false;
  line.Whole();
  for (;;) {
    const Direction side = co_await line.First();
    std::uint8_t next = 0;
    const bool known = line.Look(side, {&next, 1}) > 0;
    const bool other =
        side == kHost && line.AtTransferStart(kHost) && known && IsAgentCommand(next);
    if (answered && other) co_return;
    answered = side == kPhone;
    if (answered && known && next == legacy_da::kUnknownCommand && line.TransferLeft(side) == 1) {
      line.Problem(Outcome::kRefused, "bb (unknown command)");
    }
    co_await line.TakeTransfer(side, {.role = Role::kUnknown});
  }
}

}  // namespace

bool IsAgentCommand(std::uint8_t opcode) {
  return Find(opcode) != nullptr;
}

Task<void> DecodeAgentCommand(Conversation& line) {
  std::uint8_t opcode = 0;
  line.Look(kHost, {&opcode, 1});
  const AgentCommand& command = *Find(opcode);
  line.state().partner = Partner::kAgent;
  line.Begin(Layer::kAgent, command.name);
  co_await line.ToldHost<std::uint8_t>();
  if (command.decode != nullptr) {
    co_await command.decode(line);
  } else {
    line.Field("exchange", "not known in detail", FieldKind::kIncidental);
    co_await DecodeLoosely(line);
  }
  line.End();
}

Task<bool> TakeAck(Conversation& line, std::string_view what) {
  const auto mark = co_await line.ToldPhone<std::uint8_t>();
  if (!mark || *mark == legacy_da::kAck) co_return true;
  line.Rest(kPhone, *mark);
  const std::string answer = fmt::format("{}: {}", what, MarkText(*mark));
  if (*mark == legacy_da::kNack || *mark == legacy_da::kUnknownCommand) {
    line.Problem(Outcome::kRefused, answer);
    co_return false;
  }
  co_await line.Unexpected(answer);
  co_return false;
}

Task<bool> TakeAckOrReason(Conversation& line, std::string_view what) {
  co_await line.Await(kPhone, 1);
  std::uint8_t mark = 0;
  const bool nack = line.Look(kPhone, {&mark, 1}) == 1 && mark == legacy_da::kNack;
  const bool acked = co_await TakeAck(line, what);
  if (!nack) co_return acked;
  // The host asks for the reason with a5. M has a packet length under way by then, whose first byte
  // is zero. A host that does not ask goes on with a command.
  co_await line.Await(kHost, 1);
  std::uint8_t next = 0xff;
  line.Look(kHost, {&next, 1});
  if (next == 0) {
    co_await line.Host<std::uint32_t>();
    co_await line.Await(kHost, 1);
    next = 0xff;
    line.Look(kHost, {&next, 1});
  }
  if (next != legacy_da::kNack) co_return false;
  co_await line.ToldHost<std::uint8_t>();
  const auto reason = co_await line.ToldPhone<std::uint32_t>();
  line.Field("reason", reason ? AgentStatusText(*reason) : std::string(line.missing()));
  co_return false;
}

}  // namespace mtkrig::traces
