#pragma once

// What to read, decided before the phone is touched.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/layout/linear_space.h"
#include "protocol/layout/number.h"
#include "protocol/layout/partition.h"

namespace mtkrig::protocol {

struct PlannedRead {
  std::string label;  // for the user: the partition's name, or "EMMC_USER 0x1000+0x200"
  FlashRange range;   // within the region, length never 0
  std::string file_name;
  std::optional<std::uint64_t> linear_address;
};

// Turns tails into offsets and gives open partitions their size: they end at the first tail of
// their region, or with it. Partitions in regions whose size is not known stay as they are.
PartitionTable ResolveTails(const PartitionTable& table, const StorageSizes& sizes);

// Gives a table what the phone has beside it: the boot areas as preloader (where the table lists
// nothing there), and the space of a GPT itself as pgpt and sgpt.
PartitionTable CompleteTable(const PartitionTable& table, const StorageSizes& sizes);

// By name, in the order of the names; a name given twice is read once. Besides partitions, a name
// may be preloader, pgpt or sgpt (see CompleteTable), or that of a whole region (boot1, user,
// rpmb).
//
// kNotFound for an unknown name, with the nearest ones. kInvalidInput when a partition does not fit
// the phone, or its place cannot be known without the phone (`sizes` empty).
Result<std::vector<PlannedRead>> PlanPartitions(const PartitionTable& table,
                                                const StorageSizes& sizes,
                                                std::span<const std::string> names);

// One --range. `linear` serves LINEAR:; its note says why where it cannot. kInvalidArgument when
// the range does not fit.
Result<PlannedRead> PlanRange(const RangeSpec& spec, const StorageSizes& sizes,
                              const LinearSpace& linear);

// The full backup (--all): every byte that the phone lets a host read. The main region is cut into
// partitions; what lies between them becomes files named after their place (emmc_user_0x1000.bin),
// so the files side by side are the whole region. Boot areas, general purpose areas and other
// logical units are one file each, since that is how they are restored; what the table lists inside
// them is part of those files. RPMB is left out: it answers only to a key that no host has.
Result<std::vector<PlannedRead>> PlanFullBackup(const PartitionTable& table,
                                                const StorageSizes& sizes);

// The name that the scatter file gives, or the usual one: "boot.img" for BOOTIMG, "lk.bin" for
// UBOOT. Safe as a file name in any folder.
std::string DefaultFileName(const Partition& partition);

// The same for a name as people type it, where every table that has such a partition gives it this
// file: "boot.img" for bootimg, BOOT or boot.img. Empty where it depends on the table's own name
// (misc is also para), and for names of whole regions.
std::optional<std::string> FileNameOfTyped(std::string_view name);

}  // namespace mtkrig::protocol
