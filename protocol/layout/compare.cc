#include "protocol/layout/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "protocol/layout/number.h"
#include "protocol/layout/plan.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol {
namespace {

std::uint64_t Distance(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : b - a;
}

std::string Place(const Partition& partition) {
  return fmt::format("{} {}", FlashRegionName(partition.region), FormatHex(partition.offset));
}

std::string SizeText(const Partition& partition) {
  return partition.size ? FormatHex(*partition.size) : std::string("open");
}

// Names that stand for a table itself, for the boot area, or for the pool that replaces bad blocks.
bool IsOutsideTables(const Partition& partition, TableSource source) {
  constexpr std::array<std::string_view, 7> kNames = {"pgpt", "sgpt",    "mbr", "ebr1",
                                                      "ebr2", "bmtpool", "pmt"};
  const bool table_name =
      std::find(kNames.begin(), kNames.end(), ToLower(partition.name)) != kNames.end();
  const bool boot_area =
      partition.region == FlashRegion::kEmmcBoot1 || partition.region == FlashRegion::kEmmcBoot2 ||
      partition.region == FlashRegion::kUfsLu0 || partition.region == FlashRegion::kUfsLu1;
  return table_name || (boot_area && source != TableSource::kPmt);
}

const Partition* FindMatch(const PartitionTable& phone, const Partition& wanted) {
  if (phone.source != TableSource::kMbr) return phone.Find(wanted.name);
  const auto found = std::find_if(
      phone.partitions.begin(), phone.partitions.end(), [&](const Partition& candidate) {
        return candidate.region == wanted.region && candidate.offset == wanted.offset;
      });
  return found == phone.partitions.end() ? nullptr : &*found;
}

void CompareOne(const Partition& mine, const Partition& theirs, std::uint64_t tolerance,
                std::vector<LayoutDifference>& differences) {
  const bool moved =
      mine.region != theirs.region || Distance(mine.offset, theirs.offset) > tolerance;
  if (moved) {
    differences.push_back({DifferenceKind::kMoved, mine.name, mine.line,
                           fmt::format("{} is at {} in the file, at {} on the phone",
                                       Printable(mine.name), Place(mine), Place(theirs))});
  }
  const bool resized = mine.size && theirs.size && Distance(*mine.size, *theirs.size) > tolerance;
  if (resized) {
    differences.push_back({DifferenceKind::kResized, mine.name, mine.line,
                           fmt::format("{} is {} long in the file, {} on the phone",
                                       Printable(mine.name), SizeText(mine), SizeText(theirs))});
  }
}

}  // namespace

std::string_view DifferenceKindName(DifferenceKind kind) {
  switch (kind) {
    case DifferenceKind::kChip:
      return "chip";
    case DifferenceKind::kMissing:
      return "missing";
    case DifferenceKind::kMoved:
      return "moved";
    case DifferenceKind::kResized:
      return "resized";
    case DifferenceKind::kExtra:
      return "extra";
  }
  return "unknown";
}

std::vector<LayoutDifference> CompareLayouts(const PartitionTable& file,
                                             const PartitionTable& phone, const StorageSizes& sizes,
                                             std::uint64_t tail_tolerance) {
  const PartitionTable mine = ResolveTails(file, sizes);
  const PartitionTable theirs = ResolveTails(phone, sizes);
  std::vector<LayoutDifference> differences;
  std::set<const Partition*> matched;
  for (std::size_t i = 0; i < mine.partitions.size(); ++i) {
    const Partition& partition = mine.partitions[i];
    const Partition* match = FindMatch(theirs, partition);
    if (match == nullptr) {
      // An MBR lists only file systems; what else the file names has no entry to compare with.
      if (theirs.source == TableSource::kMbr || IsOutsideTables(partition, theirs.source)) continue;
      differences.push_back({DifferenceKind::kMissing, partition.name, partition.line,
                             fmt::format("{} at {} is not on the phone", Printable(partition.name),
                                         Place(partition))});
      continue;
    }
    matched.insert(match);
    // The sectors of MBR and EBRs are one sector on the phone and a block in the file.
    if (IsOutsideTables(partition, theirs.source) && partition.offset == match->offset) continue;
    CompareOne(partition, *match, file.partitions[i].from_end ? tail_tolerance : 0, differences);
  }
  for (const Partition& partition : theirs.partitions) {
    if (matched.contains(&partition)) continue;
    differences.push_back(
        {DifferenceKind::kExtra, partition.name, 0,
         fmt::format("{} at {}, {} long, is on the phone but not in the file",
                     Printable(partition.name), Place(partition), SizeText(partition))});
  }
  return differences;
}

}  // namespace mtkrig::protocol
