#pragma once

// The chain of MBR and EBR sectors that MediaTek's ptgen makes for eMMC phones before GPT, as
// generated sectors show it:
//
//  * The MBR's first entry is the extended partition (type 0x05, sectors 0xffffffff); its start is
//    the sector of EBR1. Up to three partitions follow, type 0x83, counted from the MBR.
//  * An EBR holds up to four partitions, counted from its own sector. If there is another EBR, the
//    fourth entry links to it, counted from EBR1, again with sectors 0xffffffff.
//  * A partition to the end of the flash has 0xffffffff minus its start counted from EBR1 (from the
//    MBR there) as its size, since the flash's size is not known when the table is made.
//  * CHS fields, flags and boot code are zero.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/result.h"

namespace mtkrig::emulator {

struct MbrEntry {
  std::string name;                   // for messages only: the table has no names
  std::uint64_t offset = 0;           // bytes from the start of the user area
  std::optional<std::uint64_t> size;  // empty: to the end of the flash
};

// One sector of the chain. The first of a chain is the MBR and stands at 0.
struct MbrTable {
  std::uint64_t offset = 0;  // bytes from the start of the user area
  std::vector<MbrEntry> entries;
};

struct MbrSector {
  std::uint64_t offset = 0;
  std::vector<std::uint8_t> bytes;  // 512
};

// Fails with kInvalidArgument when the first table is not at 0, a table has too many entries, or an
// entry or table lies before its own table, is not made of whole sectors or past 2 TiB.
protocol::Result<std::vector<MbrSector>> BuildMbrChain(std::span<const MbrTable> chain);

}  // namespace mtkrig::emulator
