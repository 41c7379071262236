#pragma once

// What makes an entry of a DA archive one that no phone can be given: found when the archive is
// read, so that a user learns of it before a phone is waiting.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/engine/chips.h"
#include "protocol/engine/da_archive.h"

namespace mtkrig::protocol {

// The two regions that are uploaded, as indices into AgentEntry::regions.
struct AgentStages {
  std::size_t stage1 = 0;
  std::optional<std::size_t> stage2;  // missing where stage 1 is the last region
};

// Stage 1 is the first signed region from the entry region on (F); where none is signed, region 1
// as in every public archive (M), or the first of two. Stage 2 follows it. Empty where the entry
// has no region that could be stage 1.
std::optional<AgentStages> FindStages(const AgentEntry& entry);

// Why the two stages of this entry cannot be sent, each naming the region: missing, empty, outside
// of the file, a signature that is longer than its region, an address where the chip takes no agent
// (the windows of chips.h, which the read-only guard allows). `chip` is the phone's; null checks
// the address for whatever chips archives serve under this entry's code, and finds a fault only
// where it fits none of them. Of chips that no agent is started on, the windows are not known.
std::vector<std::string> FindFaults(const AgentEntry& entry, std::uint64_t file_size,
                                    const Chip* chip);

// What is odd and does not matter to the phone.
std::vector<std::string> FindOddities(const AgentEntry& entry, std::uint64_t file_size);

}  // namespace mtkrig::protocol
