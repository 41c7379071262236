// LegacyDaClient: the command loop of stage 2.

#include <fmt/format.h>

#include <algorithm>

#include "protocol/engine/checksum.h"
#include "protocol/engine/legacy_da_client.h"

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;
using legacy_da::Command;

// After a refusal a phone may send an error word; nobody has described when. This long we listen.
constexpr Duration kRefusalTail = 50ms;
constexpr std::uint32_t kMaxPmtSize = 1U << 20;
constexpr std::uint32_t kMaxPacket = 1U << 24;

constexpr std::uint8_t Byte(Command command) {
  return static_cast<std::uint8_t>(command);
}

}  // namespace

Result<void> LegacyDaClient::ExpectAck(std::string_view operation) {
  return ExpectAck(operation, timeouts_.reply);
}

Result<void> LegacyDaClient::ExpectAck(std::string_view operation, Duration timeout) {
  auto answer = link_.ReceiveInteger<std::uint8_t>(timeout);
  if (!answer) return std::move(answer).error().During(operation);
  if (*answer == legacy_da::kAck) return Ok();
  if (*answer == legacy_da::kNack) {
    return Error(ErrorCode::kDeviceRefused, "the agent refused")
        .WithDeviceStatus(*answer)
        .During(operation);
  }
  if (*answer == legacy_da::kUnknownCommand) {
    return Error(ErrorCode::kDeviceRefused, "the agent does not know this command")
        .WithDeviceStatus(*answer)
        .During(operation);
  }
  return Error(ErrorCode::kProtocol,
               fmt::format("the agent answered 0x{:02x} instead of an ack", *answer))
      .During(operation);
}

Result<legacy_da::UsbSpeed> LegacyDaClient::CheckUsbStatus() {
  TRY(link_.SendInteger(Byte(Command::kUsbCheckStatus)));
  TRY(ExpectAck("USB_CHECK_STATUS"));
  TRY_ASSIGN(const auto speed, link_.ReceiveInteger<std::uint8_t>());
  return speed == 0   ? legacy_da::UsbSpeed::kFull
         : speed == 1 ? legacy_da::UsbSpeed::kHigh
                      : legacy_da::UsbSpeed::kSuper;
}

Result<void> LegacyDaClient::SwitchToHighSpeed(Duration reconnect_timeout) {
  const std::array<std::uint8_t, 2> command = {
      Byte(Command::kUsbSetupPort), static_cast<std::uint8_t>(legacy_da::UsbSpeed::kHigh)};
  TRY(link_.Send(command));
  TRY(ExpectAck("USB_SETUP_PORT"));
  auto followed = link_.device().Reconnect(reconnect_timeout);
  if (!followed) return std::move(followed).error().During("USB_SETUP_PORT");
  return Ok();
}

Result<void> LegacyDaClient::SwitchPart(legacy_da::EmmcPart part) {
  TRY(link_.SendInteger(Byte(Command::kSwitchPart)));
  TRY(ExpectAck("SDMMC_SWITCH_PART"));
  TRY(link_.SendInteger(static_cast<std::uint8_t>(part)));
  return ExpectAck("SDMMC_SWITCH_PART");
}

Result<std::uint32_t> LegacyDaClient::ReadRegister32(std::uint32_t address) {
  ByteWriter command(Endian::kBig);
  command.Put(Byte(Command::kReadReg32)).Put(address);
  TRY(link_.Send(command.bytes()));
  TRY_ASSIGN(const auto value, link_.ReceiveInteger<std::uint32_t>());
  TRY(ExpectAck("READ_REG32"));
  return value;
}

Result<std::vector<std::uint8_t>> LegacyDaClient::ReadPmt() {
  TRY(link_.SendInteger(Byte(Command::kReadPmt)));
  auto acked = ExpectAck("SDMMC_READ_PMT", timeouts_.slow);
  if (!acked) {
    if (acked.error().code() != ErrorCode::kDeviceRefused) return std::move(acked).error();
    TRY(link_.Discard(kRefusalTail));
    return std::vector<std::uint8_t>();
  }
  TRY_ASSIGN(const auto length, link_.ReceiveInteger<std::uint32_t>());
  if (length > kMaxPmtSize) {
    return Error(ErrorCode::kProtocol,
                 fmt::format("the phone announces a partition table of 0x{:x} bytes", length))
        .During("SDMMC_READ_PMT");
  }
  TRY(link_.SendInteger(legacy_da::kAck));
  TRY_ASSIGN(auto table, link_.ReceiveBytes(length));
  TRY(link_.SendInteger(legacy_da::kAck));
  return table;
}

// The agent answered a5 to a READ: it hands out the reason after ours (M, which reads it
// little-endian; reasons are small, so the smaller reading is the right one).
Error LegacyDaClient::RefusedRead(std::uint64_t address) {
  Error error(ErrorCode::kDeviceRefused, "the phone refuses to read here");
  error.During("READ").AtOffset(address).WithHint(
      "The range may lie outside the flash. Compare it with the phone's own table (mtkrig "
      "blockmap).");
  if (auto sent = link_.SendInteger(legacy_da::kNack); !sent) return std::move(sent).error();
  std::array<std::uint8_t, 4> reason = {};
  if (auto received = link_.Receive(reason); !received) return error;
  error.WithDeviceStatus(std::min(LoadBe<std::uint32_t>(reason), LoadLe<std::uint32_t>(reason)));
  return error;
}

Result<void> LegacyDaClient::Read(legacy_da::Storage storage, std::uint64_t address,
                                  std::uint64_t length, std::uint32_t packet_length,
                                  ByteSink& sink) {
  ByteWriter command(Endian::kBig);
  command.Put(Byte(Command::kRead))
      .Put(static_cast<std::uint8_t>(legacy_da::HostOs::kLinux))
      .Put(static_cast<std::uint8_t>(storage))
      .Put(address)
      .Put(length);
  TRY(link_.Send(command.bytes()));
  TRY_ASSIGN(const auto answer, link_.ReceiveInteger<std::uint8_t>(timeouts_.slow));
  if (answer == legacy_da::kNack) return RefusedRead(address);
  if (answer != legacy_da::kAck) {
    return Error(answer == legacy_da::kUnknownCommand ? ErrorCode::kDeviceRefused
                                                      : ErrorCode::kProtocol,
                 fmt::format("the agent answered 0x{:02x} instead of an ack", answer))
        .WithDeviceStatus(answer)
        .During("READ")
        .AtOffset(address);
  }
  TRY(link_.SendInteger(packet_length));
  return ReceivePackets(address, length, packet_length, sink);
}

Result<void> LegacyDaClient::ReadNand(std::uint64_t address, std::uint64_t length, ByteSink& sink) {
  if (address > UINT32_MAX || length > UINT32_MAX) {
    return Error(ErrorCode::kUnsupported, "NAND beyond 4 GiB cannot be addressed")
        .During("NAND_READPAGE")
        .AtOffset(address);
  }
  ByteWriter command(Endian::kBig);
  command.Put(Byte(Command::kNandReadPage))
      .Put(static_cast<std::uint8_t>(legacy_da::HostOs::kLinux))
      .Put(static_cast<std::uint8_t>(legacy_da::NandReadKind::kPageOnly))
      .Put(static_cast<std::uint8_t>(legacy_da::NandAddress::kLogical))
      .Put(static_cast<std::uint32_t>(address))
      .Put(static_cast<std::uint32_t>(length))
      .Put(std::uint32_t{0});
  TRY(link_.Send(command.bytes()));
  auto acked = ExpectAck("NAND_READPAGE", timeouts_.slow);
  if (!acked) return std::move(acked).error().AtOffset(address);
  TRY(link_.ReceiveBytes(4 + 4));  // page and spare size, as in the storage report
  TRY_ASSIGN(const auto packet_length, link_.ReceiveInteger<std::uint32_t>());
  if (packet_length == 0 || packet_length > kMaxPacket) {
    return Error(ErrorCode::kProtocol,
                 fmt::format("the agent announces packets of 0x{:x} bytes", packet_length))
        .During("NAND_READPAGE");
  }
  TRY(link_.SendInteger(std::uint32_t{1}));  // as M, the only witness, does
  TRY(link_.ReceiveInteger<std::uint32_t>());
  return ReceivePackets(address, length, packet_length, sink);
}

Result<void> LegacyDaClient::ReceivePackets(std::uint64_t address, std::uint64_t length,
                                            std::uint32_t packet_length, ByteSink& sink) {
  constexpr std::size_t kChecksumSize = 2;
  for (std::uint64_t done = 0; done < length;) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(packet_length, length - done));
    if (packet_.size() < count + kChecksumSize) packet_.resize(count + kChecksumSize);
    const std::span<std::uint8_t> packet = std::span(packet_).first(count + kChecksumSize);
    auto received = link_.Receive(packet);
    if (!received) return std::move(received).error().During("READ").AtOffset(address + done);
    const ByteSpan data = packet.first(count);
    const auto expected = LoadBe<std::uint16_t>(packet.subspan(count));
    const std::uint16_t actual = ByteSum16(data);
    if (actual != expected) {
      // Nobody has described what an agent does with a nack here, so the session ends instead.
      return Error(ErrorCode::kChecksum,
                   fmt::format("a packet arrived damaged: its bytes add up to 0x{:04x}, the phone "
                               "says 0x{:04x}",
                               actual, expected))
          .During("READ")
          .AtOffset(address + done)
          .WithHint("Try another cable or a USB port directly on the computer, then resume.");
    }
    // The sink first: a packet it could not keep must not count as read.
    auto kept = sink.Append(data);
    if (!kept) return std::move(kept).error().During("READ").AtOffset(address + done);
    auto acked = link_.SendInteger(legacy_da::kAck);
    done += count;
    if (!acked) return std::move(acked).error().During("READ").AtOffset(address + done);
    observer_.OnProgress(done, length);
  }
  return Ok();
}

Result<void> LegacyDaClient::Finish(FinishMode mode) {
  TRY(link_.SendInteger(Byte(Command::kFinish)));
  TRY(ExpectAck("FINISH"));
  TRY(link_.SendInteger(static_cast<std::uint32_t>(mode)));
  return ExpectAck("FINISH");
}

}  // namespace mtkrig::protocol
