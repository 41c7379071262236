#include "traces/replay/recorded_transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "traces/replay/byte_difference.h"

namespace mtkrig::traces {
namespace {

// Where a stretch of random bytes that holds `position` ends; `position` itself when none does.
std::uint64_t EndOfRandom(const std::vector<RandomBytes>& random, std::uint64_t position) {
  for (const RandomBytes& one : random) {
    if (position < one.at || position - one.at >= one.length) continue;
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    return one.length > most - one.at ? most : one.at + one.length;
  }
  return position;
}

DigestKind KindFor(const Event& event) {
  // `any` counts its bytes only, and random ones spoil the digest of the others.
  if (event.any || !event.cut()) return DigestKind::kNone;
  return DigestKindOf(event.digest).value_or(DigestKind::kNone);
}

}  // namespace

std::vector<RandomBytes> RandomOf(const Loosenings& loosenings, const Event& event) {
  std::vector<RandomBytes> random;
  for (const RandomBytes& one : loosenings.random) {
    if (one.packet == event.packet) random.push_back(one);
  }
  return random;
}

std::size_t FirstDifferenceBut(const std::vector<RandomBytes>& random, std::uint64_t position,
                               ByteSpan expected, ByteSpan received) {
  const std::size_t size = std::min(expected.size(), received.size());
  std::size_t at = 0;
  while (at < size) {
    at += FirstDifference(expected.subspan(at), received.subspan(at));
    if (at >= size) break;
    const std::uint64_t end = EndOfRandom(random, position + at);
    if (end == position + at) return at;
    at = static_cast<std::size_t>(std::min<std::uint64_t>(end - position, size));
  }
  return at;
}

RecordedTransfer::RecordedTransfer(ScriptItem item, const Loosenings& loosenings)
    : item_(std::move(item)),
      random_(RandomOf(loosenings, item_.event)),
      digest_(KindFor(item_.event)) {}

Result<RecordedTransfer::Matched> RecordedTransfer::Match(ByteSpan bytes) {
  const Event& event = item_.event;
  Matched matched;
  matched.count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left()));
  const ByteSpan mine = bytes.first(matched.count);
  const ByteSpan kept = event.bytes;
  if (position_ < kept.size()) {
    const auto from = static_cast<std::size_t>(position_);
    const ByteSpan expected = kept.subspan(from);
    const std::size_t at = FirstDifferenceBut(random_, position_, expected, mine);
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
          .text = fmt::format("expected {}, received {}", shown.expected, shown.received)};
      return matched;
    }
  }
  digest_.Update(mine);
  position_ += matched.count;
  if (left() > 0) return matched;
  TRY_ASSIGN(matched.difference, CheckDigest());
  if (event.any || (event.cut() && (event.digest.empty() || !random_.empty()))) {
    unseen_ = event.length - kept.size();
  }
  return matched;
}

Result<std::optional<RecordedTransfer::Difference>> RecordedTransfer::CheckDigest() const {
  const Event& event = item_.event;
  if (event.any || !event.cut() || event.digest.empty() || !random_.empty()) {
    return std::optional<Difference>();
  }
  if (!DigestKindOf(event.digest).has_value()) {
    return Error(ErrorCode::kInvalidInput, fmt::format("packet {}: the digest '{}' has a form that "
                                                       "is not known",
                                                       event.packet, event.digest))
        .WithHint("Known are sha256:, xxh3-128: and xxh3-128/4096:, each with its hex digits.");
  }
  TRY_ASSIGN(const std::string digest, digest_.Text());
  if (SameDigest(digest, event.digest)) return std::optional<Difference>();
  return std::optional<Difference>(
      Difference{.at = event.bytes.size(),
                 .text = fmt::format("expected {} bytes with digest {}, received {}", event.length,
                                     event.digest, digest)});
}

}  // namespace mtkrig::traces
