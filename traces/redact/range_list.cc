#include "traces/redact/range_list.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mtkrig::traces {

void RangeList::Add(const ByteRange& range) {
  if (range.length == 0) return;
  if (!ranges_.empty() && ranges_.back().offset + ranges_.back().length == range.offset) {
    ranges_.back().length += range.length;
  } else if (ranges_.size() < kMaxRanges) {
    ranges_.push_back(range);
  } else {
    from_ = std::min(from_, range.offset);
  }
}

void RangeList::Sort() {
  std::sort(ranges_.begin(), ranges_.end(),
            [](const ByteRange& a, const ByteRange& b) { return a.offset < b.offset; });
  std::vector<ByteRange> merged;
  for (const ByteRange& range : ranges_) {
    if (merged.empty() || merged.back().offset + merged.back().length < range.offset) {
      merged.push_back(range);
      continue;
    }
    ByteRange& last = merged.back();
    last.length = std::max(last.offset + last.length, range.offset + range.length) - last.offset;
  }
  ranges_ = std::move(merged);
}

template <typename Use>
void RangeList::Each(std::uint64_t at, std::uint64_t end, const Use& use) const {
  const std::uint64_t known_end = std::min(end, std::max(at, from_));
  auto next = std::upper_bound(
      ranges_.begin(), ranges_.end(), at,
      [](std::uint64_t offset, const ByteRange& range) { return offset < range.offset; });
  if (next != ranges_.begin()) --next;
  for (; next != ranges_.end() && next->offset < known_end; ++next) {
    const std::uint64_t first = std::max(at, next->offset);
    const std::uint64_t last = std::min(known_end, next->offset + next->length);
    if (first < last) use(first, last);
  }
  if (known_end < end) use(known_end, end);
}

bool RangeList::Covers(std::uint64_t at) const {
  return Count(at, 1) > 0;
}

void RangeList::Blank(std::uint64_t at, std::span<std::uint8_t> data) const {
  Each(at, at + data.size(), [&](std::uint64_t first, std::uint64_t last) {
    const auto part =
        data.subspan(static_cast<std::size_t>(first - at), static_cast<std::size_t>(last - first));
    std::fill(part.begin(), part.end(), std::uint8_t{0});
  });
}

std::uint64_t RangeList::Count(std::uint64_t at, std::uint64_t length) const {
  std::uint64_t count = 0;
  Each(at, at + length, [&](std::uint64_t first, std::uint64_t last) { count += last - first; });
  return count;
}

}  // namespace mtkrig::traces
