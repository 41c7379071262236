#include "protocol/layout/linear_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/layout/number.h"

namespace mtkrig::protocol {
namespace {

// MediaTek's generators put the user area at 6 to 20 MiB; a table that says much more is damaged.
constexpr std::uint64_t kLargestBase = 256ULL << 20;

bool HasLinearUserArea(const PartitionTable& table) {
  return std::any_of(table.partitions.begin(), table.partitions.end(), [](const Partition& p) {
    return p.region == FlashRegion::kEmmcUser && !p.from_end && p.linear_address;
  });
}

// Where the last partition of boot 1 ends, by its own words; empty when the table lists none.
std::optional<std::uint64_t> EndOfBootArea(const PartitionTable& table) {
  std::optional<std::uint64_t> end;
  for (const Partition& partition : table.partitions) {
    if (partition.region != FlashRegion::kEmmcBoot1 || partition.from_end || !partition.size) {
      continue;
    }
    if (partition.offset > UINT64_MAX - *partition.size) continue;
    end = std::max(end.value_or(0), partition.offset + *partition.size);
  }
  return end;
}

LinearSpace SameAsOffset(const StorageSizes& sizes, std::string note) {
  std::vector<AddressSpace::Window> windows;
  for (const FlashRegion region :
       {FlashRegion::kEmmcBoot1, FlashRegion::kEmmcUser, FlashRegion::kNand, FlashRegion::kNor,
        FlashRegion::kSdCard, FlashRegion::kUfsLu0, FlashRegion::kUfsLu2}) {
    if (sizes.SizeOf(region) != 0) windows.push_back({region, 0, std::nullopt});
  }
  return {LinearBasis::kSameAsOffset, AddressSpace::FromWindows(std::move(windows)),
          std::move(note)};
}

LinearSpace FromBase(std::uint64_t base) {
  return {LinearBasis::kPreloaderSize,
          AddressSpace::FromWindows(
              {{FlashRegion::kEmmcBoot1, 0, base}, {FlashRegion::kEmmcUser, base, std::nullopt}}),
          fmt::format("EMMC_USER begins at linear address {}, which is where PRELOADER ends in the "
                      "phone's table",
                      FormatHex(base))};
}

LinearSpace Unknown(std::string_view why) {
  return {LinearBasis::kUnknown, AddressSpace(),
          fmt::format("linear addresses are not known: {}, and where the user area begins in the "
                      "linear space was chosen anew for each firmware; its scatter file has it",
                      why)};
}

LinearSpace FromPmt(const PartitionTable& table, const StorageSizes& sizes) {
  if (HasLinearUserArea(table)) {
    AddressSpace space = AddressSpace::FromPartitions(table.partitions);
    const auto base = space.LinearOf({FlashRegion::kEmmcUser, 0});
    return {LinearBasis::kTable, std::move(space),
            fmt::format("EMMC_USER begins at linear address {}, in which the phone's own table "
                        "counts",
                        FormatHex(base.value_or(0)))};
  }
  const auto boot_end = EndOfBootArea(table);
  const std::uint64_t boot_size = sizes.SizeOf(FlashRegion::kEmmcBoot1);
  if (!boot_end || boot_size == 0) {
    return Unknown("the phone's table lists offsets, and no PRELOADER");
  }
  if (*boot_end <= boot_size) {
    return SameAsOffset(sizes,
                        "linear addresses are offsets: the phone's table is of the kind in which "
                        "each area counts from 0, since its PRELOADER ends within EMMC_BOOT_1");
  }
  if (*boot_end > kLargestBase) {
    return Unknown(fmt::format("the phone's table lists offsets, and a PRELOADER that ends at {}",
                               FormatHex(*boot_end)));
  }
  return FromBase(*boot_end);
}

}  // namespace

std::string_view LinearBasisName(LinearBasis basis) {
  switch (basis) {
    case LinearBasis::kUnknown:
      return "unknown";
    case LinearBasis::kScatter:
      return "scatter";
    case LinearBasis::kTable:
      return "table";
    case LinearBasis::kPreloaderSize:
      return "preloader_size";
    case LinearBasis::kSameAsOffset:
      return "same_as_offset";
  }
  return "unknown";
}

LinearSpace LinearSpaceOfPhone(const PartitionTable& table, const StorageSizes& sizes) {
  if (table.source == TableSource::kGpt) {
    return SameAsOffset(
        sizes, "linear addresses are offsets: phones with a GPT count from 0 in each area");
  }
  if (sizes.SizeOf(FlashRegion::kEmmcUser) == 0) {
    return SameAsOffset(sizes, "linear addresses are offsets: this flash is one area");
  }
  if (table.source == TableSource::kPmt) return FromPmt(table, sizes);
  if (table.partitions.empty()) return Unknown("the phone's table cannot be read");
  return Unknown("the phone has an MBR, which lists offsets,");
}

LinearSpace LinearSpaceOfScatter(const AddressSpace& space) {
  return {space.windows().empty() ? LinearBasis::kUnknown : LinearBasis::kScatter, space,
          space.windows().empty() ? "the scatter file has no linear addresses"
                                  : "linear addresses are those of the scatter file"};
}

void AddLinearAddresses(PartitionTable& table, const LinearSpace& linear) {
  for (Partition& partition : table.partitions) {
    if (partition.linear_address || partition.from_end) continue;
    partition.linear_address = linear.space.LinearOf({partition.region, partition.offset});
  }
}

}  // namespace mtkrig::protocol
