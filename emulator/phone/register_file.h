#pragma once

// The registers that a host can reach through boot ROM, preloader or agent: reset values from the
// profile, writes kept, zero elsewhere in peripheral space. Words are little-endian in memory, so
// that the half-word at address + 2 is the upper half.
//
// The watchdog's mode register is the one with a behaviour: a write counts only with the key 0x22
// in its top byte (or in bits 8 to 15, where the register is 16 bits wide), and the key does not
// read back. Source: values that S read after its writes on MT6577 (2264, then 0064) and MT6589
// (22002224, then 0024). A clock's control register is another: see
// protocol/wire/observed.h.
//
// So is the start register of the DMA engine (CQDMA), with which cyrozap's scripts and M copy words
// from and to where the boot ROM does not let a host: they wait until it reads 0 again. Here it
// copies among registers. What is outside peripheral space reads as 0 and takes nothing: the
// phone's programs and their variables are not here, and no protection is undone by it.

#include <cstdint>
#include <unordered_map>

#include "emulator/profile.h"

namespace mtkrig::emulator {

class RegisterFile {
 public:
  // The profile must outlive the registers.
  explicit RegisterFile(const Profile& profile);

  // Whether the whole stretch lies in one range of peripheral space.
  bool Reachable(std::uint32_t address, std::uint64_t bytes) const;

  // Addresses are aligned to the access's width; the caller has checked.
  std::uint32_t Read32(std::uint32_t address) const;
  std::uint16_t Read16(std::uint32_t address) const;
  void Write32(std::uint32_t address, std::uint32_t value);
  void Write16(std::uint32_t address, std::uint16_t value);

  // The power controller's own 16-bit space, behind commands c6 and c7.
  std::uint16_t ReadPower(std::uint16_t address) const;
  void WritePower(std::uint16_t address, std::uint16_t value);

  bool watchdog_enabled() const { return watchdog_enabled_; }
  // An agent does this for itself as it starts.
  void DisableWatchdog() { watchdog_enabled_ = false; }

 private:
  bool IsWatchdog(std::uint32_t address) const;
  void WriteWatchdog(std::uint32_t value);
  static bool IsClock(std::uint32_t address);
  void WriteClock(std::uint32_t address, std::uint32_t value);
  bool StartsDma(std::uint32_t address) const;
  void RunDma();

  const Profile& profile_;
  std::unordered_map<std::uint32_t, std::uint32_t> words_;
  std::unordered_map<std::uint16_t, std::uint16_t> power_;
  bool watchdog_enabled_;
};

}  // namespace mtkrig::emulator
