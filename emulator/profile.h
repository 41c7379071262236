#pragma once

// Everything that makes one phone differ from another, as data. Loaded from YAML
// (profile_loader.h).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/virtual_flash.h"

namespace mtkrig::emulator {

enum class BootMode { kBrom, kPreloader };

struct UsbIdentity {
  std::uint16_t vendor_id = 0x0e8d;
  std::uint16_t product_id = 0x2000;
  std::string manufacturer;
  std::string product;
  std::string serial;  // empty: no serial string
  bool high_speed = true;
  // Of preloaders and agents: interface 0 is communication and 1 data, as on MT6880, and not the
  // other way round as everywhere before it.
  bool communication_first = false;
};

// Extra fields of the stage-2 configuration, which depend on the chip, and what follows the ready
// word.
struct Stage2Config {
  std::uint32_t extra_bytes = 0;        // after msdc_boot_channel: 0, 4, 24, 28
  std::uint32_t words_after_ready = 0;  // u32 words that follow the DRAM status (MT6592: 5)
};

struct SecurityConfig {
  std::uint32_t target_config = 0;  // brom::TargetConfig bits
  // Which signed agents a DAA phone takes: first bytes of the signature that it accepts. Empty:
  // none.
  std::vector<std::uint8_t> accepted_signature_prefix;
};

struct RegisterReset {
  std::uint32_t address = 0;
  std::uint32_t value = 0;
};
struct AddressRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;  // inclusive
};

// The watchdog that a boot ROM leaves running. It resets the phone unless a host writes its mode
// register with the key 0x22 and bit 0 clear.
struct WatchdogConfig {
  std::uint32_t mode_register = 0;  // 0: this phone never bites
  std::uint32_t period_ms = 10000;
};

// What stage 1 expects of a host when it starts from BROM, where DRAM is not set up.
struct DramConfig {
  std::optional<std::uint32_t> emi_version;  // of the settings it takes; empty: any that it knows
  std::uint32_t settings_length = 0xbc;      // bytes, at most kMaxDramSettings
  // What the settings must name to be those of this phone's memory; empty: any will do.
  std::vector<std::uint8_t> memory_id = {};
};
// Real ones are some hundreds of bytes; the bound keeps a wrong length from occupying the phone.
inline constexpr std::uint32_t kMaxDramSettings = 4096;

struct StorageReportQuirks {
  std::uint16_t nand_id_count = 7;   // of the report, whether or not there is NAND (MT6580: 7)
  bool nand_size_is_32_bit = false;  // u32 instead of u64 size in the NAND record
  bool extra_word_before_pass_info = false;  // MT8127, MT8163
  std::uint16_t stage1_nand_id_count = 5;    // of stage 1, whether or not there is NAND (MT6589: 5)
};

enum class PmtFormat {
  kNone,
  k32Bit,
  k64Bit,
  k64BitWithPart
};  // entries of 0x4c, 0x58, 0x60 bytes

struct PmtRecord {
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t part_id = 0;  // SDMMC_SWITCH_PART number
  std::uint64_t offset = 0;
  std::uint64_t mask_flags = 0;
};

struct Profile {
  std::string name;         // "mt6577"
  std::string chip;         // "MT6577"
  std::string description;  // one line

  BootMode mode = BootMode::kPreloader;
  // Identification. hw_code is what GET_HW_CODE answers; agent_hw_code is what the archive calls
  // the chip, where the two differ (0321 and 6735).
  std::uint16_t hw_code = 0;
  std::uint16_t agent_hw_code = 0;
  std::uint16_t hw_sub_code = 0;
  std::uint16_t hw_version = 0;
  std::uint16_t sw_version = 0;
  bool has_hw_sw_version = true;  // MT6573 has no command fc
  std::uint8_t brom_version = 5;
  std::uint8_t preloader_version = 1;
  std::vector<std::uint8_t> me_id;                  // empty: command unknown
  std::vector<std::uint8_t> soc_id;                 // empty: command unknown
  std::vector<std::uint32_t> preloader_capability;  // 2 words; empty: command fb unknown
  std::uint16_t write_status = 0;  // of a register write in BROM: 0 on MT6589, 1 on MT6580

  UsbIdentity brom_usb;
  UsbIdentity preloader_usb;
  // A transfer that fills its last packet is followed by a zero-length packet.
  bool zero_length_packets = true;
  // A host that asks for less than the phone's next packet gets an overflow, as on a bus, and not
  // the packet in pieces.
  bool strict_packets = false;
  std::uint32_t preloader_lifetime_ms = 2500;  // until Android boots, unless the host speaks
  std::uint32_t ready_interval_ms = 50;        // between two READY
  // A preloader takes the first 0xa0 as a sign that a tool is there, and starts its handshake only
  // with the byte after it (preloader source of MT6582).
  bool preloader_swallows_first_byte = true;

  SecurityConfig security;

  // Registers: reset values; writes are kept; unknown addresses inside peripheral space read as 0,
  // and everything outside is refused.
  std::vector<RegisterReset> registers;
  std::vector<AddressRange> peripheral_space;
  // Where SEND_DA may put code (SRAM, and DRAM from preloader mode).
  std::vector<AddressRange> loadable;
  WatchdogConfig watchdog;
  std::uint32_t dma_engine = 0;  // where the registers of CQDMA begin; 0: none that is known
  std::vector<RegisterReset> power_registers;  // 16-bit space behind commands c6, c7

  Stage2Config stage2;
  // Where stage 1 lets stage 2 be put. Empty: anywhere but over itself.
  std::vector<AddressRange> stage2_loadable;
  DramConfig dram;
  std::uint8_t da_major = 4;
  std::uint8_t da_minor = 2;
  std::uint8_t da_baseband_chip = 0x8d;
  StorageReportQuirks report;
  std::uint64_t internal_ram_bytes = 0x20000;
  std::uint64_t external_ram_bytes = 0x20000000;

  // Storage.
  std::vector<std::uint8_t> emmc_cid;  // 16 bytes in the order of the card's register; empty: none
  std::vector<std::uint16_t> nand_ids;
  std::uint32_t nand_page_size = 0;
  std::uint32_t nand_spare_size = 0;
  std::uint32_t nand_pages_per_block = 0;
  PmtFormat pmt_format = PmtFormat::kNone;  // what SDMMC_READ_PMT answers with
  std::vector<PmtRecord> pmt;
  std::shared_ptr<VirtualFlash> flash;
};

}  // namespace mtkrig::emulator
