#pragma once

// Partitions and where they lie. A phone's flash consists of regions, each with its own addresses
// from 0; scatter files of old speak of one linear address space instead (see linear addresses in
// protocol/README.md). Everything here is in bytes.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"

namespace mtkrig::protocol {

enum class FlashRegion {
  kEmmcUser,
  kEmmcBoot1,
  kEmmcBoot2,
  kEmmcRpmb,
  kEmmcGp1,
  kEmmcGp2,
  kEmmcGp3,
  kEmmcGp4,
  kNand,
  kNor,
  kSdCard,
  kUfsLu0,
  kUfsLu1,
  kUfsLu2,
  kUfsLu3,
};

// The name in scatter files and on the command line: "EMMC_USER", "EMMC_BOOT_1", "NAND", "UFS_LU2".
std::string_view FlashRegionName(FlashRegion region);
// Accepts every spelling of scatter files and people, in either case: EMMC_USER, user, EMMC_BOOT_1,
// EMMC_BOOT1, boot1, EMMC_BOOT1_BOOT2 (read from boot 1), rpmb, gp1, NAND, lu0, ... Empty
// otherwise.
std::optional<FlashRegion> FlashRegionFromName(std::string_view name);

struct FlashRange {
  FlashRegion region = FlashRegion::kEmmcUser;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  friend bool operator==(const FlashRange&, const FlashRange&) = default;
};

struct Partition {
  std::string name;  // as written in its source, without "__NODL_"
  FlashRegion region = FlashRegion::kEmmcUser;
  // From the start of the region. Counted from the end of the region instead when from_end is set
  // (scatter tails such as 0xFFFF00a8), until ResolveTails() has seen the size of the flash.
  std::uint64_t offset = 0;
  bool from_end = false;
  std::optional<std::uint64_t> size;            // empty: to the end of the region
  std::optional<std::uint64_t> linear_address;  // in the linear space, where the source has one
  std::string file_name;                        // empty for NONE
  bool is_download = false;
  int line = 0;  // in its source file, from 1; 0 when it came from a phone
};

// What a phone says of its storage, or what a profile gives it. Absent regions have size 0.
struct StorageSizes {
  std::vector<std::pair<FlashRegion, std::uint64_t>> regions;
  std::uint64_t SizeOf(FlashRegion region) const;
};

enum class TableSource { kScatter, kGpt, kMbr, kPmt };

struct PartitionTable {
  TableSource source = TableSource::kScatter;
  std::vector<Partition> partitions;  // in the order of the source

  // By name as people type it: without regard to case, "__NODL_" or ".img", and with the aliases of
  // the field (BOOTIMG = boot, USRDATA = userdata, ANDROID = system, ...). An exact match wins.
  const Partition* Find(std::string_view name) const;
};

// "did you mean" candidates for a name that Find() does not know, best first, at most three.
std::vector<std::string> SuggestNames(const PartitionTable& table, std::string_view name);

}  // namespace mtkrig::protocol
