#pragma once

// What firmware sees of the phone that it runs on.

#include <cstdint>
#include <optional>

#include "emulator/phone/port.h"
#include "emulator/phone/register_file.h"
#include "emulator/profile.h"

namespace mtkrig::emulator {

// What firmware asks of the power and USB circuits. It takes effect once the firmware suspends.
struct PowerRequest {
  enum class Kind {
    kOff,        // leaves the bus for good: Android boots, or the phone powers down
    kReset,      // boots anew after `delay`
    kHighSpeed,  // leaves the bus and comes back as a high-speed agent; firmware goes on
  };
  Kind kind = Kind::kOff;
  protocol::Duration delay{};
};

struct Board {
  const Profile& profile;
  BootMode mode;
  Port& port;
  RegisterFile& registers;
  bool high_speed = true;  // of the USB link as it is enumerated now
  std::optional<PowerRequest> power_request;

  // 0 for a phone without that area.
  std::uint64_t SizeOf(StorageArea area) const {
    return profile.flash ? profile.flash->SizeOf(area) : 0;
  }
  bool HasEmmc() const { return profile.emmc_cid.size() == 16; }
  bool HasNand() const { return !profile.nand_ids.empty(); }
};

// A piece of code in the phone's memory.
struct LoadedBlock {
  std::uint32_t address = 0;
  std::uint32_t length = 0;

  bool Contains(std::uint32_t where) const { return where >= address && where - address < length; }
  bool Overlaps(std::uint64_t other_address, std::uint64_t other_length) const {
    return other_address < std::uint64_t{address} + length &&
           address < other_address + other_length;
  }
};

// How long a phone keeps what it says ready for a host that does not read, before it acts on it.
inline constexpr protocol::Duration kDrainLimit = std::chrono::seconds(1);

}  // namespace mtkrig::emulator
