#pragma once

// The pattern that fills the flash of an emulated phone, from its description in README.md: this
// folder may not include the emulator, and a test compares the two.

#include <cstdint>
#include <span>

#include "traces/replay/flash_area.h"

namespace mtkrig::traces {

class SeededPattern {
 public:
  explicit SeededPattern(std::uint64_t seed);
  // What fills an area of a phone whose profile says `storage: {seed: storage_seed}`.
  static SeededPattern OfArea(std::uint64_t storage_seed, FlashArea area);

  void Read(std::uint64_t offset, std::span<std::uint8_t> out) const;

 private:
  std::uint64_t seed_;
};

}  // namespace mtkrig::traces
