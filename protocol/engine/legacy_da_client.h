#pragma once

// The host's side of the legacy Download Agent (MT65xx and neighbours), from the jump into stage 1
// to FINISH. Exchanges: protocol/README.md. All integers are big-endian.

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/engine/chips.h"
#include "protocol/engine/observer.h"
#include "protocol/engine/session.h"
#include "protocol/engine/wire_link.h"
#include "protocol/wire/legacy_da.h"

namespace mtkrig::protocol {

// What stage 1 says of the phone before it knows more.
struct AgentGreeting {
  bool has_storage = false;  // false on MT6573, whose agent begins with its version
  std::uint32_t nand_status = 0;
  std::vector<std::uint16_t> nand_ids;
  std::uint32_t emmc_status = 0;
  std::vector<std::uint8_t> emmc_cid;  // in the card's own order
  std::uint8_t major_version = 0;
  std::uint8_t minor_version = 0;
  std::uint8_t baseband_chip = 0;

  bool found_nand() const { return has_storage && !nand_ids.empty() && nand_ids.front() != 0; }
  bool found_emmc() const { return has_storage && emmc_status == 0; }
};

struct LegacyTimeouts {
  Duration reply{};
  Duration slow{};
};

class LegacyDaClient {
 public:
  // `device`, `observer` and `chip` must outlive the client. The phone has just taken JUMP_DA.
  LegacyDaClient(ReadOnlyTransport& device, Observer& observer, const Chip& chip,
                 LegacyTimeouts timeouts)
      : link_(device, timeouts.reply), observer_(observer), chip_(chip), timeouts_(timeouts) {}

  // Stage 1: greeting, configuration and, from a boot ROM, DRAM set-up with the settings in
  // `preloader` (may be empty; kNotFound then says what to do).
  Result<void> StartStage1(const DeviceIdentity& identity, ByteSpan preloader);
  // Uploads and starts stage 2 and takes its storage report.
  Result<StorageReport> StartStage2(std::uint32_t address, ByteSpan data);

  // Commands of stage 2. A nack is kDeviceRefused.
  Result<legacy_da::UsbSpeed> CheckUsbStatus();
  // The phone then enumerates again; the transport must follow it. kUnsupported if it cannot.
  Result<void> SwitchToHighSpeed(Duration reconnect_timeout);
  Result<void> SwitchPart(legacy_da::EmmcPart part);
  Result<std::uint32_t> ReadRegister32(std::uint32_t address);
  // Bytes as they come; empty if the phone has no such table or does not know the command.
  Result<std::vector<std::uint8_t>> ReadPmt();
  // `length` bytes from `address` of what SwitchPart() chose, packet by packet, each verified
  // before the sink sees it. The error's offset is that of the first byte not delivered.
  Result<void> Read(legacy_da::Storage storage, std::uint64_t address, std::uint64_t length,
                    std::uint32_t packet_length, ByteSink& sink);
  // The same by NAND pages without their spare areas, for the lowest 4 GiB.
  Result<void> ReadNand(std::uint64_t address, std::uint64_t length, ByteSink& sink);
  Result<void> Finish(FinishMode mode);

  const AgentGreeting& greeting() const { return greeting_; }

 private:
  Result<void> ReceiveGreeting();
  Result<std::vector<std::uint16_t>> ReceiveNandIds();
  std::vector<std::uint8_t> BuildStage2Config(const DeviceIdentity& identity) const;
  Result<void> ReceiveDramState(ByteSpan preloader);
  Result<void> SetUpDram(ByteSpan preloader);
  Result<void> SendEmiSettings(std::uint32_t version, std::vector<std::uint8_t> settings);
  Result<void> UploadStage2(std::uint32_t address, ByteSpan data);
  Result<StorageReport> ReceiveReport();
  Result<void> ExpectAck(std::string_view operation);
  Result<void> ExpectAck(std::string_view operation, Duration timeout);
  Error RefusedRead(std::uint64_t address);
  Result<void> ReceivePackets(std::uint64_t address, std::uint64_t length,
                              std::uint32_t packet_length, ByteSink& sink);

  WireLink link_;
  Observer& observer_;
  const Chip& chip_;
  LegacyTimeouts timeouts_;
  AgentGreeting greeting_;
  std::vector<std::uint8_t> packet_;  // reused by all reads
};

}  // namespace mtkrig::protocol
