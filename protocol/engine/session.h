#pragma once

// A whole conversation with one phone: handshake, identify, start the agent, read, finish.
//
//   TRY_ASSIGN(auto session, Session::Connect(transport, observer, {}));
//   TRY(session->StartAgent(archive));
//   TRY(session->Read({FlashRegion::kEmmcUser, 0x988000, 0x600000}, sink));
//   TRY(session->Finish(FinishMode::kPowerOff));
//
// Read-only by construction: Connect() puts a ReadOnlyTransport between itself and the device, and
// nothing in the engine can reach the device in another way.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/base/transport.h"
#include "protocol/engine/observer.h"
#include "protocol/layout/partition.h"

namespace mtkrig::protocol {

class DaArchive;

enum class BootMode { kBrom, kPreloader };

struct DeviceIdentity {
  BootMode mode = BootMode::kPreloader;
  std::uint16_t hw_code = 0;
  std::uint16_t hw_sub_code = 0;
  std::uint16_t hw_version = 0;
  std::uint16_t sw_version = 0;
  std::uint8_t bootloader_version = 0;  // preloader's, or 0xfe from a BROM
  std::uint8_t brom_version = 0;
  std::uint32_t target_config = 0;  // brom::TargetConfig bits
  // "MT6580"; empty for a code that mtkrig does not know. Where one die has several names, the
  // first of PossibleChips().
  std::string chip_name;
  std::vector<std::uint8_t> me_id;  // empty where the phone does not tell
  std::vector<std::uint8_t> soc_id;
};

struct StorageReport {
  FlashRegion main_region = FlashRegion::kEmmcUser;  // eMMC user area, NAND or NOR
  StorageSizes sizes;
  std::vector<std::uint8_t> cid;  // eMMC CID, 16 bytes, or empty
  std::uint32_t nand_page_size = 0;
  std::uint32_t nand_spare_size = 0;
  std::uint64_t internal_ram_bytes = 0;
  std::uint64_t external_ram_bytes = 0;
  std::uint8_t usb_speed = 0;  // legacy_da::UsbSpeed
};

// Receives what is read, in order. An error it returns ends the read and is passed on.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Result<void> Append(ByteSpan data) = 0;
};

enum class FinishMode : std::uint32_t { kPowerOff = 0, kReboot = 1 };

struct SessionOptions {
  // How long to wait for the first answer to the handshake; 0 waits until cancelled.
  Duration handshake_timeout = std::chrono::seconds(60);
  // For one answer of the boot ROM or the agent.
  Duration reply_timeout = std::chrono::seconds(5);
  // For the slow steps: storage set-up after stage 2, DRAM calibration.
  Duration slow_timeout = std::chrono::seconds(30);
  // Bytes, up to 16 MiB. The read-only guard lets only lengths through that have no byte of 0x50 or
  // more in them (phone_shadow.h).
  std::uint32_t read_packet_length = 0x100000;
  // Lets a phone at USB full speed enumerate again at high speed. Only for transports that can
  // Reconnect(): over others the phone would be lost.
  bool switch_to_high_speed = false;
  // DRAM settings for a phone in BROM mode: the content of the phone's own preloader file.
  std::vector<std::uint8_t> preloader_image;
};

class Session {
 public:
  // Handshake and identification. `device` and `observer` must outlive the session.
  static Result<std::unique_ptr<Session>> Connect(Transport& device, Observer& observer,
                                                  SessionOptions options);
  virtual ~Session() = default;

  virtual const DeviceIdentity& identity() const = 0;
  // Disables the watchdog, uploads and starts both stages, takes the storage report.
  virtual Result<void> StartAgent(const DaArchive& archive) = 0;
  // Valid after StartAgent().
  virtual const StorageReport& storage() const = 0;
  // The phone's own table: PMT, GPT or MBR, whichever it has.
  virtual Result<PartitionTable> ReadPartitionTable() = 0;
  // Reads a range of one region and hands it to the sink packet by packet, each verified by its
  // checksum before the sink sees it.
  virtual Result<void> Read(const FlashRange& range, ByteSink& sink) = 0;
  // Ends the agent. The session is over afterwards.
  virtual Result<void> Finish(FinishMode mode) = 0;
};

}  // namespace mtkrig::protocol
