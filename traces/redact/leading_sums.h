#pragma once

// LeadingSums: the checksums that stand in front of the content which they sum, as an xflash host
// sends them, and what they are once the content is zeros. A redaction writes them before it comes
// to the content, so they are found out in the pass before.

#include <cstdint>
#include <optional>
#include <vector>

#include "traces/redact/patch.h"
#include "traces/redact/role_feed.h"

namespace mtkrig::traces {

// Whether a span is such a checksum.
bool IsLeadingSum(const Span& span);

// Of one direction.
class LeadingSums {
 public:
  explicit LeadingSums(PatchList& made) : made_(made) {}

  // The next stretch of this direction, and what the recording has of it.
  void Take(const RoledBytes& stretch, ByteSpan kept);
  // The other side speaks, or the recording ends: what was to be summed is complete.
  void End();

 private:
  void Reset();

  PatchList& made_;
  std::optional<Span> span_;            // of the checksum that waits for its content
  std::vector<std::uint8_t> recorded_;  // as far as it was kept
  bool summed_ = false;                 // some content has come
  bool known_ = true;                   // and all of it is in the recording
  std::uint32_t sum_ = 0;
};

}  // namespace mtkrig::traces
