#pragma once

// Small well-formed DA archives for tests.

#include <cstdint>
#include <string>
#include <vector>

namespace mtkrig::protocol {

inline constexpr std::uint32_t kStage1Length = 0x48;
inline constexpr std::uint32_t kStage2Length = 0x1008;
inline constexpr std::uint32_t kSignatureLength = 0x10;

struct EntrySpec {
  std::uint16_t hw_code = 0;
  std::uint16_t hw_version = 0xca00;
  std::uint16_t sw_version = 0;
  std::uint16_t entry_region_index = 0;
  std::uint32_t stage1_address = 0x00200000;
  std::uint32_t stage2_address = 0x80000000;
};

struct ArchiveOptions {
  bool short_entries = false;
  std::string description = "MTK_AllInOne_DA_v3.test";
};

// Each entry has an unsigned header region, a signed stage 1 and a signed stage 2 of the lengths
// above, filled with bytes that differ from entry to entry.
std::vector<std::uint8_t> BuildArchive(const std::vector<EntrySpec>& entries,
                                       const ArchiveOptions& options = {});

}  // namespace mtkrig::protocol
