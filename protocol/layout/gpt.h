#pragma once

// GUID partition tables, as phones from about 2014 on have them.

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/layout/partition.h"
#include "protocol/layout/range_reader.h"

namespace mtkrig::protocol {

// Looks for a header at LBA 1, then at the very start (images that MediaTek ships as PGPT have no
// protective MBR), then for the backup in the last sector. `region_size` may be 0 when it is not
// known; `sector_size` is 512 for eMMC, 4096 for UFS, and the other one is tried when it finds
// nothing (0 tries both). A CRC of 0 marks a template that the phone's first start fills in: it is
// accepted with a warning. Partitions are returned in the order of the table.
//
// kNotFound when there is no GPT, kInvalidInput when there is only a damaged one; errors of the
// reader pass through. `warnings` may be null.
Result<PartitionTable> ReadGpt(const RangeReader& reader, std::uint64_t region_size,
                               std::uint32_t sector_size, FlashRegion region,
                               std::vector<std::string>* warnings);

}  // namespace mtkrig::protocol
