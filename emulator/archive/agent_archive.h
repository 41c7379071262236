#pragma once

// Builds Download Agent archives: the synthetic one that is built into mtkrig, and small or damaged
// ones for tests. The bodies of the agents are pseudo-random; only an emulated phone runs them.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mtkrig::emulator {

struct AgentRegion {
  std::uint32_t length = 0;  // with the signature, which ends the region
  std::uint32_t address = 0;
  std::uint32_t signature_length = 0;
};

struct AgentEntry {
  std::uint16_t hw_code = 0;
  std::uint16_t hw_sub_code = 0;
  std::uint16_t hw_version = 0;
  std::uint16_t sw_version = 0;
  std::uint16_t entry_region_index = 0;
  std::vector<AgentRegion> regions;  // at most 10
};

enum class ArchiveDefect {
  kNone,
  kWrongIdentifier,
  kWrongMagic,
  kWrongVersion,
  kWrongEntryMagic,      // of the last entry
  kCountTooLarge,        // more entries than the file has room for
  kTooManyRegions,       // the last entry claims 11
  kRegionPastEnd,        // the last region of the last entry ends behind the file
  kSignaturePastRegion,  // there, the signature is longer than the region
  kEntryRegionTooLarge,  // the last entry starts at a region that it does not have
  kTruncatedInEntries,   // the file ends inside the entries
};

struct ArchiveOptions {
  std::string description = "MTK_AllInOne_DA_v3.1504.synthetic";
  bool short_entries = false;  // 0xd8 bytes, as files for the oldest chips have
  ArchiveDefect defect = ArchiveDefect::kNone;
  std::uint64_t seed = 1;
};

std::vector<std::uint8_t> BuildAgentArchive(std::span<const AgentEntry> entries,
                                            const ArchiveOptions& options);

// The entries of SyntheticDaArchive(): the chips of real archives v7.1420 and v7.1504, with their
// sizes, addresses and versions.
std::vector<AgentEntry> SyntheticAgentEntries();

}  // namespace mtkrig::emulator
