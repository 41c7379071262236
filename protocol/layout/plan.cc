#include "protocol/layout/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "protocol/layout/file_names.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol {
namespace {

// What may stand before the first partition of a GPT phone is its table.
constexpr std::uint64_t kMaxGptSpace = 16ULL << 20;

std::string Origin(const Partition& partition) {
  return partition.line == 0
             ? Printable(partition.name)
             : fmt::format("{} (line {})", Printable(partition.name), partition.line);
}

std::string RegionsOf(const StorageSizes& sizes) {
  std::string text;
  for (const auto& [region, size] : sizes.regions) {
    if (size == 0) continue;
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", FlashRegionName(region),
                        FormatSize(size));
  }
  return text.empty() ? "none" : text;
}

// The place that a LINEAR: range begins at.
Result<FlashAddress> ResolveLinear(const RangeSpec& spec, const StorageSizes& sizes,
                                   const LinearSpace& linear) {
  const std::string start = FormatHex(spec.start);
  if (!linear.known()) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("LINEAR:{} leads nowhere: {}", start, linear.note))
        .WithHint(
            "Give a scatter file of this firmware that has linear addresses (--scatter), or name "
            "the region and the offset in it: EMMC_USER:START+LENGTH=FILE.");
  }
  TRY_ASSIGN(const FlashAddress address, linear.space.Resolve(spec.start));
  // The linear space leaves a boot area more room than it has.
  const std::uint64_t size = sizes.SizeOf(address.region);
  if (size != 0 && address.offset >= size) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("linear address {} is in no area of this phone: {} ends at {}, {} "
                             "bytes before it",
                             start, FlashRegionName(address.region),
                             FormatHex(spec.start - address.offset + size),
                             FormatHex(address.offset - size)))
        .WithHint(linear.note + ".");
  }
  return address;
}

constexpr std::string_view kNotThisPhones =
    "The layout is not this phone's: compare with mtkrig scatter check, or leave --scatter out to "
    "use the phone's own table.";

Result<PlannedRead> PlanOne(const Partition& partition, const StorageSizes& sizes) {
  const std::string_view region = FlashRegionName(partition.region);
  const std::uint64_t region_size = sizes.SizeOf(partition.region);
  if (region_size == 0 && !sizes.regions.empty()) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{} lies in {}, which this phone does not have; it has {}",
                             Origin(partition), region, RegionsOf(sizes)))
        .WithHint(
            "The scatter file is for another phone or another storage. Without --scatter the "
            "phone's own table is used.");
  }
  const bool placed = !partition.from_end && partition.size.has_value();
  if (!placed && region_size != 0 && partition.offset > region_size) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{} begins at {}{}, beyond the {} of {}, which is {} on this phone",
                             Origin(partition), FormatHex(partition.offset),
                             partition.from_end ? " from the end" : "",
                             partition.from_end ? "start" : "end", region, FormatHex(region_size)))
        .WithHint(std::string(kNotThisPhones));
  }
  if (!placed) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("where {} {} depends on the size of {}, which only the phone tells",
                             Origin(partition), partition.from_end ? "begins" : "ends", region));
  }
  if (*partition.size == 0) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{} is empty: there is nothing to read", Origin(partition)));
  }
  const bool overflows = partition.offset > UINT64_MAX - *partition.size;
  if (overflows || (region_size != 0 && (partition.offset > region_size ||
                                         *partition.size > region_size - partition.offset))) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{} at {} with length {} runs past the end of {}, which is {} on this "
                             "phone",
                             Origin(partition), FormatHex(partition.offset),
                             FormatHex(*partition.size), region,
                             region_size == 0 ? "smaller" : FormatHex(region_size)))
        .WithHint(std::string(kNotThisPhones));
  }
  PlannedRead read;
  read.label = partition.name;
  read.range = {partition.region, partition.offset, *partition.size};
  read.linear_address = partition.linear_address;
  return read;
}

bool IsBootArea(FlashRegion region) {
  return region == FlashRegion::kEmmcBoot1 || region == FlashRegion::kEmmcBoot2;
}

bool HasPartitionIn(const PartitionTable& table, FlashRegion region) {
  return std::any_of(table.partitions.begin(), table.partitions.end(),
                     [&](const Partition& p) { return p.region == region; });
}

void AddGptSpace(PartitionTable& table, const StorageSizes& sizes) {
  std::optional<FlashRegion> region;
  std::uint64_t first = UINT64_MAX;
  std::uint64_t last = 0;
  for (const Partition& partition : table.partitions) {
    if (!region) region = partition.region;
    if (partition.region != *region || partition.from_end || !partition.size) continue;
    first = std::min(first, partition.offset);
    if (partition.offset <= UINT64_MAX - *partition.size) {
      last = std::max(last, partition.offset + *partition.size);
    }
  }
  if (!region) return;
  Partition pgpt;
  pgpt.name = "pgpt";
  pgpt.region = *region;
  pgpt.size = first;
  const std::uint64_t end = sizes.SizeOf(*region);
  Partition sgpt;
  sgpt.name = "sgpt";
  sgpt.region = *region;
  sgpt.offset = last;
  sgpt.size = end - std::min(end, last);
  const bool room_before = first != 0 && first <= kMaxGptSpace;
  const bool room_after = last != 0 && last < end && end - last <= kMaxGptSpace;
  if (room_after && table.Find("sgpt") == nullptr) table.partitions.push_back(std::move(sgpt));
  if (room_before && table.Find("pgpt") == nullptr) {
    table.partitions.insert(table.partitions.begin(), std::move(pgpt));
  }
}

// The partition that holds `name` for one of two systems: "boot_a" for boot and "_a". Null: none.
const Partition* InSlot(const PartitionTable& table, const std::string& name,
                        std::string_view slot) {
  for (const Partition& partition : table.partitions) {
    if (!ToLower(partition.name).ends_with(slot)) continue;
    PartitionTable without{table.source, {partition}};
    std::string& shorter = without.partitions.front().name;
    shorter.erase(shorter.size() - slot.size());
    if (without.Find(name) != nullptr) return &partition;
  }
  return nullptr;
}

Error UnknownName(const PartitionTable& table, const std::string& name) {
  const Partition* a = InSlot(table, name, "_a");
  const Partition* b = InSlot(table, name, "_b");
  if (a != nullptr && b != nullptr) {
    const std::string first = Printable(a->name);
    const std::string second = Printable(b->name);
    return Error(ErrorCode::kNotFound, fmt::format("there is no partition \"{}\", but {} and {}",
                                                   Printable(name), first, second))
        .WithHint(fmt::format("The phone holds two systems and runs one of them (`fastboot getvar "
                              "current-slot` tells which). Give {}, {}, or both: {} {}",
                              first, second, first, second));
  }
  const std::vector<std::string> near = SuggestNames(table, name);
  std::string hint;
  for (const std::string& candidate : near) {
    hint += (hint.empty() ? "Did you mean " : " or ") + Printable(candidate);
  }
  if (!hint.empty()) {
    hint += "?";
  } else {
    hint = "There are:";
    for (const Partition& partition : table.partitions) hint += " " + Printable(partition.name);
    hint += ".";
  }
  return Error(ErrorCode::kNotFound, fmt::format("there is no partition \"{}\"", Printable(name)))
      .WithHint(std::move(hint));
}

// A whole region as if it were a partition.
Partition WholeRegion(FlashRegion region, const StorageSizes& sizes) {
  Partition partition;
  partition.name = FlashRegionName(region);
  partition.region = region;
  partition.size = sizes.SizeOf(region);
  return partition;
}

}  // namespace

PartitionTable ResolveTails(const PartitionTable& table, const StorageSizes& sizes) {
  PartitionTable resolved = table;
  for (Partition& partition : resolved.partitions) {
    const std::uint64_t end = sizes.SizeOf(partition.region);
    if (!partition.from_end || end == 0 || partition.offset > end) continue;
    partition.offset = end - partition.offset;
    partition.from_end = false;
    const std::uint64_t left = end - partition.offset;
    partition.size = std::min(partition.size.value_or(left), left);
  }
  for (Partition& partition : resolved.partitions) {
    // Old layouts give the preloader all that stands before the user area in the linear space,
    // which is both boot areas and RPMB together.
    const std::uint64_t end = sizes.SizeOf(partition.region);
    if (IsBootArea(partition.region) && partition.size && partition.offset < end) {
      partition.size = std::min(*partition.size, end - partition.offset);
    }
  }
  for (std::size_t i = 0; i < resolved.partitions.size(); ++i) {
    Partition& partition = resolved.partitions[i];
    std::uint64_t end = sizes.SizeOf(partition.region);
    if (partition.size || partition.from_end || end < partition.offset || end == 0) continue;
    for (const Partition& other : resolved.partitions) {
      if (other.region == partition.region && !other.from_end && other.offset > partition.offset) {
        end = std::min(end, other.offset);
      }
    }
    partition.size = end - partition.offset;
  }
  return resolved;
}

PartitionTable CompleteTable(const PartitionTable& table, const StorageSizes& sizes) {
  PartitionTable complete = table;
  if (complete.source == TableSource::kGpt) AddGptSpace(complete, sizes);
  for (const FlashRegion region : {FlashRegion::kEmmcBoot1, FlashRegion::kUfsLu0}) {
    const std::uint64_t size = sizes.SizeOf(region);
    if (size == 0 || HasPartitionIn(table, region)) continue;
    Partition preloader;
    preloader.name = "preloader";
    preloader.region = region;
    preloader.size = size;
    complete.partitions.insert(complete.partitions.begin(), std::move(preloader));
    break;
  }
  return complete;
}

Result<std::vector<PlannedRead>> PlanPartitions(const PartitionTable& table,
                                                const StorageSizes& sizes,
                                                std::span<const std::string> names) {
  const PartitionTable resolved = CompleteTable(ResolveTails(table, sizes), sizes);
  std::vector<PlannedRead> plan;
  std::set<const Partition*> taken;
  std::set<FlashRegion> whole;
  FileNames file_names;
  for (const std::string& name : names) {
    const Partition* partition = resolved.Find(name);
    const auto region = partition == nullptr ? FlashRegionFromName(name) : std::nullopt;
    if (partition != nullptr) {
      if (!taken.insert(partition).second) continue;
      TRY_ASSIGN(PlannedRead read, PlanOne(*partition, sizes));
      read.file_name = file_names.Unique(*partition);
      plan.push_back(std::move(read));
    } else if (region && sizes.SizeOf(*region) != 0) {
      if (!whole.insert(*region).second) continue;
      TRY_ASSIGN(PlannedRead read, PlanOne(WholeRegion(*region, sizes), sizes));
      read.file_name = file_names.Unique(ToLower(FlashRegionName(*region)) + ".bin");
      plan.push_back(std::move(read));
    } else {
      return UnknownName(resolved, name);
    }
  }
  return plan;
}

Result<PlannedRead> PlanRange(const RangeSpec& spec, const StorageSizes& sizes,
                              const LinearSpace& linear) {
  PlannedRead read;
  read.range = {FlashRegion::kEmmcUser, spec.start, spec.length};
  if (spec.region) {
    read.range.region = *spec.region;
    read.linear_address = linear.space.LinearOf({*spec.region, spec.start});
  } else {
    TRY_ASSIGN(const FlashAddress address, ResolveLinear(spec, sizes, linear));
    read.range.region = address.region;
    read.range.offset = address.offset;
    read.linear_address = spec.start;
  }
  const std::string_view region = FlashRegionName(read.range.region);
  const std::uint64_t size = sizes.SizeOf(read.range.region);
  read.label =
      fmt::format("{} {}+{}", region, FormatHex(read.range.offset), FormatHex(read.range.length));
  read.file_name = spec.file_name;
  if (size == 0 && !sizes.regions.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("this phone has no {}; it has {}", region, RegionsOf(sizes)));
  }
  if (size != 0 && (read.range.offset > size || read.range.length > size - read.range.offset)) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("range {} runs past the end of {}, which is {} ({}) on this phone",
                             read.label, region, FormatHex(size), FormatSize(size)))
        .WithHint(spec.region ? "If the start is a linear address from a scatter file, write "
                                "LINEAR: in place of the region."
                              : "One range lies in one area of the flash: read the next area with "
                                "a range of its own.");
  }
  return read;
}

namespace {

bool IsMainRegion(FlashRegion region) {
  return region == FlashRegion::kEmmcUser || region == FlashRegion::kNand ||
         region == FlashRegion::kNor || region == FlashRegion::kUfsLu2;
}

PlannedRead Gap(FlashRegion region, std::uint64_t start, std::uint64_t end, FileNames& names) {
  PlannedRead read;
  read.range = {region, start, end - start};
  read.label =
      fmt::format("{} {}+{}", FlashRegionName(region), FormatHex(start), FormatHex(end - start));
  read.file_name =
      names.Unique(fmt::format("{}_{}.bin", ToLower(FlashRegionName(region)), FormatHex(start)));
  return read;
}

// Partitions of one region and what lies between them. Overlapping ones are each read whole.
Result<void> PlanWholeMain(const PartitionTable& table, const StorageSizes& sizes,
                           FlashRegion region, FileNames& names, std::vector<PlannedRead>& plan) {
  std::vector<const Partition*> sorted;
  for (const Partition& partition : table.partitions) {
    if (partition.region == region && partition.size.value_or(1) != 0) sorted.push_back(&partition);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Partition* a, const Partition* b) { return a->offset < b->offset; });
  std::uint64_t covered = 0;
  for (const Partition* partition : sorted) {
    TRY_ASSIGN(PlannedRead read, PlanOne(*partition, sizes));
    if (read.range.offset > covered) {
      plan.push_back(Gap(region, covered, read.range.offset, names));
    }
    read.file_name = names.Unique(*partition);
    covered = std::max(covered, read.range.offset + read.range.length);
    plan.push_back(std::move(read));
  }
  const std::uint64_t end = sizes.SizeOf(region);
  if (covered < end) plan.push_back(Gap(region, covered, end, names));
  return Ok();
}

}  // namespace

Result<std::vector<PlannedRead>> PlanFullBackup(const PartitionTable& table,
                                                const StorageSizes& sizes) {
  const PartitionTable resolved = ResolveTails(table, sizes);
  for (const Partition& partition : resolved.partitions) {
    if (sizes.SizeOf(partition.region) == 0 && IsMainRegion(partition.region)) {
      TRY(PlanOne(partition, sizes));
    }
  }
  std::vector<PlannedRead> plan;
  FileNames names;
  for (const auto& [region, size] : sizes.regions) {
    if (size == 0 || region == FlashRegion::kEmmcRpmb || region == FlashRegion::kSdCard) continue;
    if (IsMainRegion(region)) {
      TRY(PlanWholeMain(resolved, sizes, region, names, plan));
      continue;
    }
    TRY_ASSIGN(PlannedRead read, PlanOne(WholeRegion(region, sizes), sizes));
    read.file_name = names.Unique(ToLower(FlashRegionName(region)) + ".bin");
    plan.push_back(std::move(read));
  }
  if (plan.empty()) {
    return Error(ErrorCode::kInvalidInput, "the phone reports no storage to back up");
  }
  return plan;
}

}  // namespace mtkrig::protocol
