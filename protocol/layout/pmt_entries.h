#pragma once

// Entries of a PMT, wherever they come from. Private to pmt*.cc.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/layout/partition.h"

namespace mtkrig::protocol::pmt_internal {

struct PmtEntry {
  std::string name;
  std::uint64_t size = 0;
  std::optional<std::uint64_t> part_id;
  std::uint64_t offset = 0;
};

struct PmtLayout {
  std::size_t skip = 0;  // bytes before the first entry
  std::size_t stride = 0;
};

// Entries of one layout from the front of `data` until one makes no sense.
std::vector<PmtEntry> ParseEntries(ByteSpan data, const PmtLayout& layout);

// The layout whose entries make most sense, with at least `min_entries` of them. Empty when none.
std::optional<PmtLayout> GuessLayout(ByteSpan data, const std::vector<std::size_t>& skips,
                                     std::size_t min_entries);

// Regions and offsets. `main_region` is where entries without a part id of their own belong.
PartitionTable MakeTable(const std::vector<PmtEntry>& entries, FlashRegion main_region);

// Whether the entries are those of an eMMC phone: there is an MBR, EBR or pgpt among them.
bool LooksLikeEmmc(const std::vector<PmtEntry>& entries);

}  // namespace mtkrig::protocol::pmt_internal
