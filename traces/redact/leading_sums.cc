#include "traces/redact/leading_sums.h"

#include <numeric>
#include <utility>

#include "traces/redact/redact_plan.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kSize = sizeof(std::uint32_t);

}  // namespace

bool IsLeadingSum(const Span& span) {
  return span.role == Role::kChecksum && span.sum == Span::Sum::kBytes16 && span.length == kSize &&
         span.covered_length == 0 && span.covered_direction == span.direction;
}

void LeadingSums::Take(const RoledBytes& stretch, ByteSpan kept) {
  if (IsLeadingSum(stretch.span)) {
    if (!span_ || span_->offset != stretch.span.offset) {
      End();
      Reset();
      span_ = stretch.span;
    }
    recorded_.insert(recorded_.end(), kept.begin(), kept.end());
    return;
  }
  if (!span_ || stretch.span.role != Role::kContent) return;
  summed_ = true;
  sum_ = std::accumulate(kept.begin(), kept.end(), sum_);
  known_ = known_ && kept.size() == stretch.end - stretch.begin;
}

void LeadingSums::End() {
  if (span_ && summed_ && recorded_.size() == kSize && made_.size() < kMaxPatches) {
    // That of zeros; one that was wrong stays wrong by as much.
    std::uint32_t value = 0;
    if (known_) value = protocol::Load<std::uint32_t>(recorded_, span_->endian) - (sum_ & 0xffffU);
    std::vector<std::uint8_t> bytes(kSize);
    protocol::Store<std::uint32_t>(bytes, value, span_->endian);
    made_.Add({span_->offset, std::move(bytes)});
  }
  // One whose content has not come yet goes on waiting: a phone may ask for it.
  if (summed_) Reset();
}

void LeadingSums::Reset() {
  span_.reset();
  recorded_.clear();
  summed_ = false;
  known_ = true;
  sum_ = 0;
}

}  // namespace mtkrig::traces
