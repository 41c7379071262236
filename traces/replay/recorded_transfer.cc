#include "traces/replay/recorded_transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "traces/replay/byte_difference.h"

namespace mtkrig::traces {
namespace {

// Where the stretch that holds `position` ends; `position` itself when none does. Stretches are in
// order and apart.
std::uint64_t EndOfAny(const std::vector<ByteRange>& any, std::uint64_t position) {
  const auto after = std::ranges::upper_bound(any, position, {}, &ByteRange::offset);
  if (after == any.begin()) return position;
  const ByteRange& one = *std::prev(after);
  return std::max(position, one.offset + one.length);
}

// Up to the last byte that differs, of as many as both have.
std::uint64_t LengthOfDifference(ByteSpan expected, ByteSpan received) {
  std::size_t length = std::min(expected.size(), received.size());
  while (length > 0 && expected[length - 1] == received[length - 1]) --length;
  return length;
}

std::vector<std::uint8_t> FirstBytes(ByteSpan bytes) {
  constexpr std::size_t kFew = 8;
  const ByteSpan first = bytes.first(std::min(kFew, bytes.size()));
  return {first.begin(), first.end()};
}

DigestKind KindFor(const Event& event) {
  if (!event.cut()) return DigestKind::kNone;
  return DigestKindOf(event.digest).value_or(DigestKind::kNone);
}

}  // namespace

std::vector<ByteRange> AnyOf(const Loosenings& loosenings, const Event& event) {
  std::vector<ByteRange> all = event.any;
  for (const RandomBytes& one : loosenings.random) {
    if (one.packet == event.packet) all.push_back({.offset = one.at, .length = one.length});
  }
  std::ranges::sort(all, {}, &ByteRange::offset);
  std::vector<ByteRange> any;
  for (const ByteRange& one : all) {
    if (one.offset >= event.length) break;
    const std::uint64_t end = one.offset + std::min(one.length, event.length - one.offset);
    if (!any.empty() && one.offset <= any.back().offset + any.back().length) {
      const std::uint64_t last = std::max(end, any.back().offset + any.back().length);
      any.back().length = last - any.back().offset;
    } else {
      any.push_back({.offset = one.offset, .length = end - one.offset});
    }
  }
  return any;
}

std::size_t FirstDifferenceBut(const std::vector<ByteRange>& any, std::uint64_t position,
                               ByteSpan expected, ByteSpan received) {
  const std::size_t size = std::min(expected.size(), received.size());
  std::size_t at = 0;
  while (at < size) {
    at += FirstDifference(expected.subspan(at), received.subspan(at));
    if (at >= size) break;
    const std::uint64_t end = EndOfAny(any, position + at);
    if (end == position + at) return at;
    at = static_cast<std::size_t>(std::min<std::uint64_t>(end - position, size));
  }
  return at;
}

RecordedTransfer::RecordedTransfer(ScriptItem item, const Loosenings& loosenings)
    : item_(std::move(item)), any_(AnyOf(loosenings, item_.event)), digest_(KindFor(item_.event)) {}

Result<RecordedTransfer::Matched> RecordedTransfer::Match(ByteSpan bytes) {
  const Event& event = item_.event;
  Matched matched;
  matched.count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left()));
  const ByteSpan mine = bytes.first(matched.count);
  const ByteSpan kept = event.bytes;
  if (position_ < kept.size()) {
    const auto from = static_cast<std::size_t>(position_);
    const ByteSpan expected = kept.subspan(from);
    const std::size_t at = FirstDifferenceBut(any_, position_, expected, mine);
    if (at < std::min(expected.size(), mine.size())) {
      // What came before was equal, so it is shown for both.
      const std::size_t before = std::min<std::size_t>(from, 8);
      std::vector<std::uint8_t> received(kept.begin() + static_cast<std::ptrdiff_t>(from - before),
                                         kept.begin() + static_cast<std::ptrdiff_t>(from));
      received.insert(received.end(), mine.begin(),
                      mine.begin() + static_cast<std::ptrdiff_t>(std::min(mine.size(), at + 32)));
      const BytePair shown = ShowDifference(kept.subspan(from - before), received, before + at);
      matched.difference = Difference{
          .at = position_ + at,
          .length = LengthOfDifference(expected.subspan(at), mine.subspan(at)),
          .text = fmt::format("expected {}, received {}", shown.expected, shown.received),
          .expected = FirstBytes(expected.subspan(at)),
          .received = FirstBytes(mine.subspan(at))};
      return matched;
    }
  }
  digest_.Update(mine);
  position_ += matched.count;
  if (left() > 0) return matched;
  TRY_ASSIGN(matched.difference, CheckDigest());
  if (event.cut() && (event.digest.empty() || !any_.empty())) {
    unseen_ = event.length - kept.size();
  }
  return matched;
}

void RecordedTransfer::CountChecks(ContentChecks& checks) const {
  const Event& event = item_.event;
  if (unseen_ == 0) checks.Add(KindFor(event), event.length - event.bytes.size());
}

Result<std::optional<RecordedTransfer::Difference>> RecordedTransfer::CheckDigest() const {
  const Event& event = item_.event;
  if (!event.cut() || event.digest.empty() || !any_.empty()) {
    return std::optional<Difference>();
  }
  if (!DigestKindOf(event.digest).has_value()) {
    return Error(ErrorCode::kInvalidInput, fmt::format("packet {}: the digest '{}' has a form that "
                                                       "is not known",
                                                       event.packet, event.digest))
        .WithHint(std::string(kKnownDigests));
  }
  TRY_ASSIGN(const std::string digest, digest_.Text());
  if (SameDigest(digest, event.digest)) return std::optional<Difference>();
  return std::optional<Difference>(
      Difference{.at = event.bytes.size(),
                 .length = 0,
                 .text = fmt::format("expected {} bytes with digest {}, received {}", event.length,
                                     event.digest, digest),
                 .expected = {},
                 .received = {}});
}

}  // namespace mtkrig::traces
