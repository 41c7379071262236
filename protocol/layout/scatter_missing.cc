// The fields that a partition of a YAML or XML scatter file lacks, and what is assumed instead.

#include <fmt/format.h>

#include "protocol/layout/number.h"
#include "protocol/layout/scatter_storage.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol::scatter_internal {
namespace {

// "no", or "no usable" for a value that was given and told to be unreadable.
std::string Lacks(const RawPartition& raw, const Partition& placed, std::string_view field) {
  return fmt::format("{} has {} {}", Printable(placed.name), raw.Saw(field) ? "no usable" : "no",
                     field);
}

std::string AssumedSize(const Partition& placed) {
  if (placed.from_end || !placed.size) {
    return fmt::format("it is taken to reach to the end of {}", FlashRegionName(placed.region));
  }
  if (*placed.size == 0) return "it is taken to be empty";
  return fmt::format("{} ({}), up to the next partition, are assumed", FormatHex(*placed.size),
                     FormatSize(*placed.size));
}

std::string Place(const Partition& placed) {
  if (placed.from_end) {
    return fmt::format("{} before the end of {}", FormatHex(placed.offset),
                       FlashRegionName(placed.region));
  }
  return fmt::format("offset {} of {}", FormatHex(placed.offset), FlashRegionName(placed.region));
}

}  // namespace

void TellMissingFields(RawScatter& raw, const RawBlock& block, const std::vector<Partition>& placed,
                       StorageKind kind) {
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const RawPartition& given = block.partitions[i];
    if (!given.size) {
      raw.Warn(given.line, fmt::format("{}: {}", Lacks(given, placed[i], "partition_size"),
                                       AssumedSize(placed[i])));
    }
    if (!given.linear) {
      raw.Warn(given.line,
               fmt::format("{}: its physical_start_addr places it, at {}",
                           Lacks(given, placed[i], "linear_start_addr"), Place(placed[i])));
    }
    if (!given.physical) {
      raw.Warn(given.line,
               fmt::format("{}: its linear_start_addr places it, at {}",
                           Lacks(given, placed[i], "physical_start_addr"), Place(placed[i])));
    }
    if (given.storage.empty()) {
      raw.Warn(given.line, fmt::format("{} has no storage: {} is assumed",
                                       Printable(placed[i].name), KindName(kind)));
    }
  }
}

}  // namespace mtkrig::protocol::scatter_internal
