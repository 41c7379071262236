// Pass 2 of a redaction: where secrets occur in what stays.

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <unordered_map>
#include <utility>

#include "traces/redact/redact_plan.h"

namespace mtkrig::traces {
namespace {

// Finds patterns in a stream that comes in pieces. A bitmap over the first two bytes passes over
// nearly everything.
class Matcher {
 public:
  explicit Matcher(const SecretTable& secrets) : patterns_(secrets.patterns()) {
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      const std::uint16_t start = StartOf(patterns_[i].from.data());
      starts_.set(start);
      by_start_[start].push_back(i);
    }
  }

  // The pattern that begins at `at` and ends within `bytes`; the longest, or null.
  const SecretTable::Pattern* At(ByteSpan bytes, std::size_t at) const {
    if (at + 2 > bytes.size() || !starts_.test(StartOf(bytes.data() + at))) return nullptr;
    const SecretTable::Pattern* found = nullptr;
    for (const std::size_t i : by_start_.at(StartOf(bytes.data() + at))) {
      const SecretTable::Pattern& pattern = patterns_[i];
      if (at + pattern.from.size() > bytes.size()) continue;
      if (found != nullptr && found->from.size() >= pattern.from.size()) continue;
      if (std::equal(pattern.from.begin(), pattern.from.end(),
                     bytes.begin() + static_cast<std::ptrdiff_t>(at))) {
        found = &pattern;
      }
    }
    return found;
  }
  bool empty() const { return patterns_.empty(); }

 private:
  static std::uint16_t StartOf(const std::uint8_t* bytes) {
    return static_cast<std::uint16_t>(bytes[0] | (bytes[1] << 8));
  }

  const std::vector<SecretTable::Pattern>& patterns_;
  std::bitset<65536> starts_;
  std::unordered_map<std::uint16_t, std::vector<std::size_t>> by_start_;
};

// One direction's stream: what was seen of it last, as long as a pattern.
class StreamSearch {
 public:
  StreamSearch(const Matcher& matcher, std::size_t longest, PatchList& found)
      : matcher_(matcher), longest_(longest), found_(found) {}

  // Bytes that stay, from `offset` on.
  void Add(std::uint64_t offset, ByteSpan bytes) {
    if (offset != offset_ + tail_.size()) Break();
    if (tail_.empty()) offset_ = offset;
    const std::size_t old = tail_.size();
    tail_.insert(tail_.end(), bytes.begin(), bytes.end());
    std::size_t at = old > longest_ ? old - longest_ : 0;
    while (at + kShortestSearched <= tail_.size()) {
      const SecretTable::Pattern* pattern = matcher_.At(tail_, at);
      if (pattern == nullptr) {
        ++at;
        continue;
      }
      // One that ended in the bytes before was found then.
      if (at + pattern->from.size() > old) found_.Add({offset_ + at, pattern->to});
      at += pattern->from.size();
    }
    const std::size_t keep = std::min(tail_.size(), longest_);
    offset_ += tail_.size() - keep;
    tail_.erase(tail_.begin(), tail_.end() - static_cast<std::ptrdiff_t>(keep));
  }
  void Break() {
    offset_ += tail_.size();
    tail_.clear();
  }

 private:
  const Matcher& matcher_;
  const std::size_t longest_;
  PatchList& found_;
  std::vector<std::uint8_t> tail_;
  std::uint64_t offset_ = 0;  // of its start
};

bool Stays(const RedactPlan& plan, const RoledBytes& stretch) {
  switch (stretch.span.role) {
    case Role::kProtocol:
    case Role::kUnknown:
      // Also where it becomes zeros: a secret that is known has its substitute there.
      return true;
    case Role::kAgent:
      return !plan.options.blank_agents;
    case Role::kIdentity:
    case Role::kContent:
    case Role::kChecksum:
      return false;
  }
  return false;
}

}  // namespace

Result<void> FindOccurrences(RoleFeed& feed, RedactPlan& plan, RedactReport& report) {
  const Matcher matcher(plan.secrets);
  if (matcher.empty()) return protocol::Ok();
  StreamSearch searches[2] = {{matcher, plan.secrets.longest(), plan.occurrences[0]},
                              {matcher, plan.secrets.longest(), plan.occurrences[1]}};
  while (true) {
    TRY_ASSIGN(const auto roled, feed.Next());
    feed.TakeSteps();
    if (!roled.has_value()) break;
    for (const RoledBytes& stretch : roled->stretches) {
      const std::uint64_t first = stretch.begin - roled->start;
      const std::uint64_t last =
          std::min<std::uint64_t>(stretch.end - roled->start, roled->event.bytes.size());
      if (first >= last || !Stays(plan, stretch)) continue;
      searches[DirectionIndex(roled->event.direction)].Add(
          stretch.begin,
          ByteSpan(roled->event.bytes)
              .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first)));
    }
    for (const PatchList& found : plan.occurrences) {
      if (found.size() <= kMaxPatches) continue;
      return Error(ErrorCode::kInvalidInput,
                   fmt::format("packet {}: identities of the phone occur more than {} times",
                               roled->event.packet, kMaxPatches))
          .WithHint("this may be no conversation with a phone; `mtkrig trace show` tells more");
    }
  }
  report.identity_places += plan.occurrences[0].size() + plan.occurrences[1].size();
  return protocol::Ok();
}

}  // namespace mtkrig::traces
