#pragma once

// Stretches of a direction's stream of texts that become x, found from the front to the back and
// asked for so.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "traces/model/event.h"

namespace mtkrig::traces {

class BlankList {
 public:
  static constexpr std::size_t kMaxRanges = std::size_t{1} << 20;
  static constexpr std::uint8_t kBlank = 'x';

  // Behind all that were added before.
  void Add(const ByteRange& range) {
    const bool touches =
        !ranges_.empty() && ranges_.back().offset + ranges_.back().length == range.offset;
    if (touches) {
      ranges_.back().length += range.length;
    } else if (ranges_.size() <= kMaxRanges) {
      ranges_.push_back(range);
    }
  }
  // More than can be remembered were added.
  bool full() const { return ranges_.size() > kMaxRanges; }

  // Blanks what of the list reaches into [at, at + data.size()). Places must not step back from one
  // call to the next.
  void Apply(std::uint64_t at, std::span<std::uint8_t> data) {
    const std::uint64_t end = at + data.size();
    while (next_ < ranges_.size() && ranges_[next_].offset + ranges_[next_].length <= at) ++next_;
    for (std::size_t i = next_; i < ranges_.size() && ranges_[i].offset < end; ++i) {
      const std::uint64_t from = std::max(at, ranges_[i].offset);
      const std::uint64_t until = std::min(end, ranges_[i].offset + ranges_[i].length);
      std::fill(data.begin() + static_cast<std::ptrdiff_t>(from - at),
                data.begin() + static_cast<std::ptrdiff_t>(until - at), kBlank);
    }
  }

 private:
  std::vector<ByteRange> ranges_;
  std::size_t next_ = 0;
};

}  // namespace mtkrig::traces
