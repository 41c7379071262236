#pragma once

// What the host must know of a chip before it can start an agent on it. One row per hw_code, the
// number that the phone answers to GET_HW_CODE. Facts from M and S (see protocol/wire/brom.h).

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace mtkrig::protocol {

// The language that the chip's Download Agent speaks.
enum class AgentProtocol { kLegacy, kXflash, kXml };
std::string_view AgentProtocolName(AgentProtocol protocol);

// What follows the common part of the stage-2 configuration.
enum class Stage2Variant {
  kCommon,     // nothing
  kGptFlag,    // u32 (MT6592)
  kForceDram,  // u32 (MT6583, MT6589)
  kNewCombo,   // u32 (MT6582)
  kSlc,        // u32 and 20 bytes (MT6580, MT8163)
  kSkipSlc,    // u32, u32 and 20 bytes (MT8127)
};
// Length in bytes of the whole stage-2 configuration.
std::size_t Stage2ConfigSize(Stage2Variant variant);

enum class RegisterWidth : std::uint8_t { k16 = 2, k32 = 4 };

// A register write that a boot ROM is asked for. The only ones that exist disable the watchdog.
struct RegisterWrite {
  std::uint32_t address = 0;
  RegisterWidth width = RegisterWidth::k32;
  std::uint32_t value = 0;
  friend bool operator==(const RegisterWrite&, const RegisterWrite&) = default;
};

struct AddressWindow {
  std::uint32_t start = 0;
  std::uint32_t size = 0;
  bool Contains(std::uint32_t address, std::uint32_t length) const {
    return address >= start && length <= size && address - start <= size - length;
  }
};

// Where chips without GET_HW_SW_VER keep their versions: two 16-bit registers.
struct VersionRegisters {
  std::uint32_t hw_version = 0;
  std::uint32_t sw_version = 0;
};

struct Chip {
  std::uint16_t hw_code = 0;
  std::string_view name;
  std::uint16_t archive_hw_code = 0;      // its number in a DA archive
  std::uint16_t archive_hw_code_alt = 0;  // a second one under which archives have it; 0 for none
  AgentProtocol protocol = AgentProtocol::kLegacy;
  // The rest is for legacy chips only.
  Stage2Variant stage2 = Stage2Variant::kCommon;
  RegisterWrite watchdog;
  std::optional<RegisterWrite> second_watchdog;
  std::optional<VersionRegisters> version_registers;
  AddressWindow stage1_window;  // the only memory that SEND_DA may fill
  AddressWindow stage2_window;  // the only memory that stage 1 may fill
};

// Null for a code that mtkrig does not know.
const Chip* FindChip(std::uint16_t hw_code);
std::span<const Chip> AllChips();

}  // namespace mtkrig::protocol
