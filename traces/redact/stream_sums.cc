#include "traces/redact/stream_sums.h"

#include <algorithm>
#include <numeric>

namespace mtkrig::traces {
namespace {

// A stretch is one packet or one upload; roles alternate a few times within it.
constexpr std::size_t kMaxMarks = 4096;

}  // namespace

void StreamSums::Mark() {
  if (!marks_.empty() && marks_.back().offset == now_.offset) return;
  marks_.push_back(now_);
  if (marks_.size() > kMaxMarks) marks_.pop_front();
}

void StreamSums::AddTo(Sums& sums, std::uint64_t offset, protocol::ByteSpan bytes) {
  sums.bytes = std::accumulate(bytes.begin(), bytes.end(), sums.bytes);
  std::uint8_t lanes[2] = {0, 0};
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) {
    lanes[0] ^= bytes[i];
    lanes[1] ^= bytes[i + 1];
  }
  if (i < bytes.size()) lanes[0] ^= bytes[i];
  sums.xored[offset % 2] ^= lanes[0];
  sums.xored[(offset + 1) % 2] ^= lanes[1];
}

void StreamSums::Add(protocol::ByteSpan before, protocol::ByteSpan after) {
  AddTo(now_.before, now_.offset, before);
  AddTo(now_.after, now_.offset, after);
  if (!std::equal(before.begin(), before.end(), after.begin(), after.end())) {
    now_.changed += after.size();
  }
  now_.offset += after.size();
}

void StreamSums::AddUnknown(std::uint64_t length, bool zeros_after) {
  now_.offset += length;
  now_.unknown_before += length;
  if (zeros_after) {
    now_.changed += length;
  } else {
    now_.unknown_after += length;
  }
}

std::uint16_t StreamSums::Between(Span::Sum kind, const Sums& from, const Sums& to,
                                  std::uint64_t offset) {
  if (kind == Span::Sum::kBytes16) return static_cast<std::uint16_t>(to.bytes - from.bytes);
  // Words are counted from the stretch's start.
  const unsigned low = to.xored[offset % 2] ^ from.xored[offset % 2];
  const unsigned high = to.xored[(offset + 1) % 2] ^ from.xored[(offset + 1) % 2];
  return static_cast<std::uint16_t>(low | (high << 8));
}

const StreamSums::State* StreamSums::MarkAt(std::uint64_t offset) const {
  if (now_.offset == offset) return &now_;
  const auto mark = std::lower_bound(
      marks_.begin(), marks_.end(), offset,
      [](const State& state, std::uint64_t wanted) { return state.offset < wanted; });
  return mark != marks_.end() && mark->offset == offset ? &*mark : nullptr;
}

StreamSums::Checksum StreamSums::Over(Span::Sum kind, std::uint64_t from, std::uint64_t length,
                                      std::optional<std::uint16_t> recorded) const {
  const State* begin = MarkAt(from);
  const State* end = MarkAt(from + length);
  if (begin == nullptr || end == nullptr) return {};
  if (end->changed == begin->changed) return {.kind = Checksum::Kind::kSame};
  if (end->unknown_after != begin->unknown_after) return {};
  std::uint16_t value = Between(kind, begin->after, end->after, from);
  const bool all_known = end->unknown_before == begin->unknown_before;
  if (recorded.has_value() && all_known) {
    const std::uint16_t before = Between(kind, begin->before, end->before, from);
    value = kind == Span::Sum::kBytes16 ? static_cast<std::uint16_t>(*recorded - before + value)
                                        : static_cast<std::uint16_t>(*recorded ^ before ^ value);
  }
  return {.kind = Checksum::Kind::kNew, .value = value};
}

}  // namespace mtkrig::traces
