#pragma once

// Where a scatter file and a phone's own table disagree (mtkrig scatter check).

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/layout/partition.h"

namespace mtkrig::protocol {

enum class DifferenceKind {
  kChip,     // the file is for another chip; CompareLayouts() knows no chips and never says so
  kMissing,  // in the file, not on the phone
  kMoved,    // at another offset or in another region
  kResized,
  kExtra,  // on the phone, not in the file
};
// "chip", "missing", "moved", "resized", "extra".
std::string_view DifferenceKindName(DifferenceKind kind);

// Scatter files round the places of tails to blocks: so far two that mean the same may lie apart.
inline constexpr std::uint64_t kTailTolerance = 0x100000;

struct LayoutDifference {
  DifferenceKind kind = DifferenceKind::kMissing;
  std::string name;
  int line = 0;  // of the scatter file; 0 where there is none
  std::string text;
};

// Differences in the order of the file, then those of the phone alone. Names match as
// PartitionTable::Find() matches them; entries of an MBR, which have none, match by their offset.
// Tails are compared to within `tail_tolerance` bytes, since scatter files round them to blocks.
// What a phone's table does not list by its nature (boot areas in a GPT, the space of the tables
// themselves) is not called missing.
std::vector<LayoutDifference> CompareLayouts(const PartitionTable& file,
                                             const PartitionTable& phone, const StorageSizes& sizes,
                                             std::uint64_t tail_tolerance = kTailTolerance);

}  // namespace mtkrig::protocol
