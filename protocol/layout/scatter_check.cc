// Findings about a scatter file's layout, and the answer to "linear or physical?".

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "protocol/layout/compare.h"
#include "protocol/layout/number.h"
#include "protocol/layout/scatter.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol {
namespace {

using Members = std::vector<const Partition*>;

void CheckNames(const StorageBlock& block, std::vector<ScatterWarning>& found) {
  std::map<std::string, int> first_line;
  for (const Partition& partition : block.partitions) {
    const auto [first, is_new] = first_line.try_emplace(ToLower(partition.name), partition.line);
    if (!is_new) {
      found.push_back({partition.line, fmt::format("the name {} is used twice, first in line {}",
                                                   Printable(partition.name), first->second)});
    }
  }
}

// Whether offset and size together are more than 64 bits hold.
bool RunsPastAllAddresses(const Partition& partition) {
  return !partition.from_end && partition.size.value_or(0) > UINT64_MAX - partition.offset;
}

// Of one that is counted from the start; without a size it goes to the end of its region.
std::uint64_t EndOf(const Partition& partition) {
  if (!partition.size || RunsPastAllAddresses(partition)) return UINT64_MAX;
  return partition.offset + *partition.size;
}

// What stands between two neighbours. `members` is sorted by offset.
void CheckNeighbours(FlashRegion region, const Members& members,
                     std::vector<ScatterWarning>& found) {
  if (members.empty()) return;
  if (members.front()->offset > 0) {
    found.push_back({members.front()->line,
                     fmt::format("{} bytes at the start of {}, before {}, belong to no partition",
                                 FormatHex(members.front()->offset), FlashRegionName(region),
                                 Printable(members.front()->name))});
  }
  // The one that reaches farthest so far; a small partition inside a large one does not end it.
  const Partition* reach = nullptr;
  std::uint64_t end = 0;
  for (const Partition* partition : members) {
    if (reach != nullptr && partition->offset < end) {
      found.push_back(
          {partition->line,
           fmt::format("{} at {} overlaps {} (line {}), which {}", Printable(partition->name),
                       FormatHex(partition->offset), Printable(reach->name), reach->line,
                       reach->size ? fmt::format("ends at {}", FormatHex(end))
                                   : std::string("has no size and goes to the end"))});
    } else if (reach != nullptr && partition->offset > end) {
      found.push_back(
          {partition->line, fmt::format("hole of {} between {} and {} in {}",
                                        FormatHex(partition->offset - end), Printable(reach->name),
                                        Printable(partition->name), FlashRegionName(region))});
    }
    const std::uint64_t own_end = EndOf(*partition);
    if (reach == nullptr || own_end >= end) {
      reach = partition;
      end = own_end;
    }
  }
}

// Tails over each other, and partitions over tails where the region's size is known (0: it is not).
void CheckTails(FlashRegion region, Members tails, const Members& others, std::uint64_t region_size,
                std::vector<ScatterWarning>& found) {
  std::stable_sort(tails.begin(), tails.end(),
                   [](const Partition* a, const Partition* b) { return a->offset > b->offset; });
  for (std::size_t i = 1; i < tails.size(); ++i) {
    const Partition& one = *tails[i - 1];
    const Partition& next = *tails[i];
    const std::uint64_t room = one.offset - next.offset;
    if (one.size.value_or(one.offset) <= room ||
        one.size.value_or(one.offset) - room <= kTailTolerance) {
      continue;
    }
    found.push_back(
        {next.line,
         fmt::format("{}, {} before the end of {}, overlaps {} (line {}), which begins "
                     "{} before it",
                     Printable(next.name), FormatHex(next.offset), FlashRegionName(region),
                     Printable(one.name), one.line, FormatHex(one.offset))});
  }
  if (tails.empty() || tails.front()->offset > region_size) return;
  const Partition& first = *tails.front();
  const std::uint64_t start = region_size - first.offset;
  for (const Partition* partition : others) {
    if (!partition->size || EndOf(*partition) <= start) continue;
    if (EndOf(*partition) - start <= kTailTolerance) continue;
    found.push_back(
        {partition->line,
         fmt::format(
             "{}, which ends at {}, overlaps {} (line {}), which begins at {} on this phone",
             Printable(partition->name), FormatHex(EndOf(*partition)), Printable(first.name),
             first.line, FormatHex(start))});
  }
}

// Of one whose end is not given: without it nothing else is to be said of where it lies.
bool StartsOutside(const Partition& partition, std::uint64_t region_size) {
  if (partition.from_end) return partition.offset > region_size;
  return !partition.size && partition.offset >= region_size;
}

void CheckEnds(const StorageBlock& block, const StorageSizes& sizes,
               std::vector<ScatterWarning>& found) {
  for (const Partition& partition : block.partitions) {
    const std::uint64_t region_size = sizes.SizeOf(partition.region);
    if (region_size == 0) {
      if (!sizes.regions.empty()) {
        found.push_back({partition.line, fmt::format("{} lies in {}, which the phone does not have",
                                                     Printable(partition.name),
                                                     FlashRegionName(partition.region))});
      } else if (RunsPastAllAddresses(partition)) {
        found.push_back({partition.line,
                         fmt::format("{} at {} with size {} ends beyond 64 bits, which no flash "
                                     "has: one of the two numbers is wrong",
                                     Printable(partition.name), FormatHex(partition.offset),
                                     FormatHex(*partition.size))});
      }
      continue;
    }
    if (StartsOutside(partition, region_size)) {
      found.push_back(
          {partition.line,
           fmt::format("{} begins at {}{}, beyond the {} of {}, which is {} on this phone",
                       Printable(partition.name), FormatHex(partition.offset),
                       partition.from_end ? " from the end" : "",
                       partition.from_end ? "start" : "end", FlashRegionName(partition.region),
                       FormatHex(region_size))});
      continue;
    }
    const bool starts_outside = partition.offset > region_size;
    if (starts_outside ||
        (!partition.from_end && partition.size.value_or(0) > region_size - partition.offset)) {
      found.push_back(
          {partition.line,
           fmt::format("{} at {} with size {} runs past the end of {}, which is {} on this phone",
                       Printable(partition.name), FormatHex(partition.offset),
                       FormatHex(partition.size.value_or(0)), FlashRegionName(partition.region),
                       FormatHex(region_size))});
    }
  }
}

// Whether a partition's two addresses are those of one place. True where one of them is missing.
bool AddressesAgree(const Partition& partition, const AddressSpace& linear) {
  if (partition.from_end || !partition.linear_address) return true;
  const auto expected = linear.LinearOf({partition.region, partition.offset});
  return !expected || *expected == *partition.linear_address;
}

void CheckAddresses(const StorageBlock& block, std::vector<ScatterWarning>& found) {
  for (const Partition& partition : block.partitions) {
    if (AddressesAgree(partition, block.linear)) continue;
    const std::uint64_t linear = partition.linear_address.value_or(0);
    const auto meant = block.linear.Resolve(linear);
    const std::string place = meant ? fmt::format("is offset {} of {}", FormatHex(meant->offset),
                                                  FlashRegionName(meant->region))
                                    : std::string("is in no region");
    found.push_back(
        {partition.line,
         fmt::format(
             "{}: the addresses contradict each other: linear {} {}, as the other partitions "
             "have it, but the physical address is {}, which is used",
             Printable(partition.name), FormatHex(linear), place, FormatHex(partition.offset))});
  }
}

// Of a table that has partitions.
const Partition& Example(const PartitionTable& table, const AddressSpace& linear) {
  for (const std::string_view name : {"boot", "boot_a", "recovery"}) {
    const Partition* partition = table.Find(name);
    if (partition != nullptr && AddressesAgree(*partition, linear)) return *partition;
  }
  for (const Partition& partition : table.partitions) {
    const bool tells = !partition.from_end && partition.offset != 0;
    if (tells && AddressesAgree(partition, linear)) return partition;
  }
  for (const Partition& partition : table.partitions) {
    if (!partition.from_end && partition.offset != 0) return partition;
  }
  return table.partitions.front();
}

}  // namespace

std::vector<ScatterWarning> CheckScatter(const ScatterFile& file, const StorageSizes& sizes) {
  std::vector<ScatterWarning> found;
  const bool sizes_known = !sizes.regions.empty();
  for (const StorageBlock& block : file.blocks) {
    if (sizes_known && &block != &file.BlockFor(sizes)) continue;
    CheckNames(block, found);
    CheckAddresses(block, found);
    std::map<FlashRegion, Members> by_region;
    std::map<FlashRegion, Members> tails;
    for (const Partition& partition : block.partitions) {
      (partition.from_end ? tails : by_region)[partition.region].push_back(&partition);
    }
    for (auto& [region, members] : by_region) {
      std::stable_sort(members.begin(), members.end(), [](const Partition* a, const Partition* b) {
        return a->offset < b->offset;
      });
      CheckNeighbours(region, members, found);
    }
    for (const auto& [region, members] : tails) {
      CheckTails(region, members, by_region[region], sizes.SizeOf(region), found);
    }
    CheckEnds(block, sizes, found);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
  return found;
}

std::vector<ScatterWarning> CheckScatterFor(const ScatterFile& file,
                                            std::span<const std::string> names) {
  std::set<int> lines;
  for (const StorageBlock& block : file.blocks) {
    for (const std::string& name : names) {
      // Each by itself: a table's Find() stops at the first of two that share a name.
      for (const Partition& partition : block.partitions) {
        const PartitionTable one{TableSource::kScatter, {partition}};
        if (one.Find(name) != nullptr) lines.insert(partition.line);
      }
    }
  }
  std::vector<ScatterWarning> found = CheckScatter(file, {});
  std::erase_if(found, [&](const ScatterWarning& one) { return !lines.contains(one.line); });
  return found;
}

std::string ExplainAddresses(const StorageBlock& block) {
  if (block.partitions.empty()) return {};
  const PartitionTable table{TableSource::kScatter, block.partitions};
  const Partition& example = Example(table, block.linear);
  const std::string_view region = FlashRegionName(example.region);
  const std::string size =
      example.size ? FormatHex(*example.size) : std::string("up to the end of the region");
  std::string text;
  auto out = std::back_inserter(text);
  if (block.linear.windows().empty()) {
    fmt::format_to(out,
                   "This file has one address for each partition: the offset in its region.\n");
  } else if (block.linear.linear_is_physical()) {
    fmt::format_to(out,
                   "Linear and physical addresses are the same in this file: both are offsets in "
                   "{}.\n",
                   region);
  } else {
    for (const AddressSpace::Window& window : block.linear.windows()) {
      fmt::format_to(out, "{} begins at linear address {}.\n", FlashRegionName(window.region),
                     FormatHex(window.linear_base));
    }
    fmt::format_to(
        out,
        "The physical address, or offset, counts from the start of the region: it is the "
        "linear address less the address where the region begins.\n");
  }
  if (example.from_end) return text;
  const std::string linear =
      example.linear_address ? FormatHex(*example.linear_address) : FormatHex(example.offset);
  fmt::format_to(out, "Example: {} is {} at offset {}, linear address {}, length {}.\n",
                 Printable(example.name), region, FormatHex(example.offset), linear, size);
  fmt::format_to(out, "mtkrig: give the name ({}) and neither number, or --range {}:{}+{}=FILE.\n",
                 Printable(example.name), region, FormatHex(example.offset),
                 example.size ? FormatHex(*example.size) : "LENGTH");
  fmt::format_to(out,
                 "SP Flash Tool, Readback: where the dialog asks for a region, choose {} and enter "
                 "the offset {}; where it does not, enter the linear address {}. Length {}.\n",
                 region, FormatHex(example.offset), linear, size);
  return text;
}

}  // namespace mtkrig::protocol
