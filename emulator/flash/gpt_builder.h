#pragma once

// GUID partition tables as they stand in the flash of later MediaTek phones: protective MBR and
// primary table in the first 34 sectors, backup in the last 33. UEFI specification 2.10, section 5.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/result.h"

namespace mtkrig::emulator {

// A partition as every table builder takes it, in bytes from the start of the user area.
struct TableEntry {
  std::string name;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct GptTables {
  std::vector<std::uint8_t> primary;  // belongs at offset 0
  std::vector<std::uint8_t> backup;   // belongs at backup_offset
  std::uint64_t backup_offset = 0;
};

// GUIDs come from `seed`. Fails with kInvalidArgument when a partition is not made of whole
// sectors, overlaps a table, leaves the disk, or has a name that is not ASCII or longer than 36
// characters; or when there are more than 128.
protocol::Result<GptTables> BuildGpt(std::span<const TableEntry> partitions,
                                     std::uint64_t disk_bytes, std::uint64_t seed);

}  // namespace mtkrig::emulator
