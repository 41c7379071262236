#pragma once

// MBR and EBR chains, as eMMC phones of MT6575 to MT6592 have them beside their PMT.

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/layout/partition.h"
#include "protocol/layout/range_reader.h"

namespace mtkrig::protocol {

// Offsets are those of the user area. The tables hold no names: partitions are called as Linux
// numbers them (p2, p3, p4 in the MBR; p5 and up in EBRs), and the sectors of the tables themselves
// are listed as MBR, EBR1, EBR2, ... A sector count of 0xffffffff, or one that MediaTek's generator
// computed beyond the end of the flash, means "to the end": such partitions are open when the last.
// `region_size` may be 0 when it is not known.
//
// kNotFound when the first sector has no table or a protective one (then the phone has a GPT);
// errors of the reader pass through. A broken EBR is a warning. `warnings` may be null.
Result<PartitionTable> ReadMbr(const RangeReader& reader, std::uint64_t region_size,
                               std::vector<std::string>* warnings);

}  // namespace mtkrig::protocol
