#pragma once

// PMT, MediaTek's own partition table, which phones up to MT6592 keep beside MBR and EBRs, and
// which NAND phones have instead of them. README.md specifies its forms.

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/layout/partition.h"
#include "protocol/layout/range_reader.h"

namespace mtkrig::protocol {

// The agent's answer to READ_PMT: entries of 0x60, 0x58 or 0x4c bytes. Which of them is seen from
// the bytes: with the wrong size the names after the first make no sense. Entries with part ids
// count within their region; those without count in the linear space when MBR (or pgpt) does not
// stand at 0. `sizes` tells NAND from eMMC and how far offsets may go; it may be empty.
//
// kInvalidInput when the bytes hold no table. `warnings` may be null.
Result<PartitionTable> ParsePmtReply(ByteSpan reply, const StorageSizes& sizes,
                                     std::vector<std::string>* warnings);

// Searches the user area (or NAND) for the table itself: 1 MiB before its end, where later eMMC
// phones keep it, in its first 2 MiB, where a partition named PMT stands on earlier ones, and in
// its last 16 MiB, the reserved blocks of NAND. The mirror copy is taken when the main one is gone.
//
// kNotFound when there is none; errors of the reader pass through. `warnings` may be null.
Result<PartitionTable> ReadPmtFromFlash(const RangeReader& reader, std::uint64_t region_size,
                                        std::vector<std::string>* warnings);

}  // namespace mtkrig::protocol
