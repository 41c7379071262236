#pragma once

// Writes a scatter file from a table, for the tools that want one.

#include <cstdint>
#include <string>

#include "protocol/base/result.h"
#include "protocol/layout/partition.h"

namespace mtkrig::protocol {

struct ScatterWriteOptions {
  std::string platform;  // "MT6580"
  std::string project = "mtkrig";
  std::uint64_t block_size = 0x20000;
  std::string comment = {};  // stands above the layout; cut into lines
};

// In the form of config_version V1.1.2, or V1.1.1 when linear addresses differ from the offsets:
// the flash tool counts linearly in that one only. ParseScatter() reads back the same partitions:
// names, regions, offsets, sizes, tails, file names, download flags. Linear addresses are written
// where the table has them and are the offsets otherwise. CompleteTable() first gives a table read
// from a GPT what SP Flash Tool wants to see besides (preloader, pgpt).
//
// kInvalidArgument for an empty table, a name or file name that has no place in a line of text, a
// tail that no pseudo-address expresses, or partitions of two kinds of storage.
Result<std::string> WriteScatter(const PartitionTable& table, const ScatterWriteOptions& options);

}  // namespace mtkrig::protocol
