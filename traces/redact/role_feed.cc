#include "traces/redact/role_feed.h"

#include <algorithm>
#include <utility>

namespace mtkrig::traces {
namespace {

// What waits for the other direction at most, beyond the event in front.
constexpr std::uint64_t kMaxHeldBytes = std::uint64_t{16} << 20;
constexpr std::size_t kMaxHeldEvents = 16384;
// Steps are few where somebody takes them; where nobody does, they must not pile up.
constexpr std::size_t kMaxSteps = 4096;

std::size_t Index(Direction direction) {
  return direction == Direction::kToHost ? 1 : 0;
}

}  // namespace

bool IsInStream(const Event& event) {
  return event.kind == EventKind::kBytes ||
         (event.kind == EventKind::kFailure && event.direction == Direction::kToHost);
}

RoleFeed::RoleFeed(std::unique_ptr<TraceReader> reader)
    : reader_(std::move(reader)),
      decoder_(DecoderOptions{.excerpts = false, .digests = false, .spans = true}) {}

Result<std::optional<RoledEvent>> RoleFeed::Next() {
  while (!ended_ && (held_.empty() || !FrontIsKnown())) {
    const bool full = held_bytes_ > kMaxHeldBytes || held_.size() > kMaxHeldEvents;
    if (full && held_.size() > 1) break;
    TRY(ReadOne());
  }
  if (held_.empty()) return std::optional<RoledEvent>();
  return std::optional<RoledEvent>(TakeFront());
}

std::vector<Step> RoleFeed::TakeSteps() {
  return std::exchange(steps_, {});
}

Result<void> RoleFeed::ReadOne() {
  TRY_ASSIGN(std::optional<Event> event, reader_->Next());
  if (!event.has_value()) {
    ended_ = true;
    decoder_.Finish();
    TakeSpans();
    return protocol::Ok();
  }
  event->length = std::max<std::uint64_t>(event->length, event->bytes.size());
  decoder_.Add(*event);
  TakeSpans();
  RoledEvent roled;
  roled.layer = decoder_.layer();
  if (IsInStream(*event)) {
    Stream& stream = streams_[Index(event->direction)];
    roled.start = stream.position;
    stream.position += event->length;
  }
  held_bytes_ += event->bytes.size();
  roled.event = *std::move(event);
  held_.push_back(std::move(roled));
  return protocol::Ok();
}

void RoleFeed::TakeSpans() {
  Step step;
  while (decoder_.TakeStep(step)) {
    // Every byte of the stream belongs to one step, in order; what is of the line has none of it.
    if (step.layer != Layer::kLine) {
      const bool well = step.outcome == Outcome::kOk || step.outcome == Outcome::kRefused;
      if (!well) broken_.Add({steps_end_, step.bytes_to_host});
      steps_end_ += step.bytes_to_host;
    }
    if (steps_.size() < kMaxSteps) steps_.push_back(std::move(step));
    step = Step();
  }
  new_spans_.clear();
  decoder_.TakeSpans(new_spans_);
  for (Span& span : new_spans_) {
    Stream& stream = streams_[Index(span.direction)];
    stream.known = std::max(stream.known, span.offset + span.length);
    stream.spans.push_back(span);
  }
}

bool RoleFeed::FrontIsKnown() const {
  const RoledEvent& front = held_.front();
  if (!IsInStream(front.event)) return true;
  return front.start + front.event.length <= streams_[Index(front.event.direction)].known;
}

RoledEvent RoleFeed::TakeFront() {
  RoledEvent roled = std::move(held_.front());
  held_.pop_front();
  held_bytes_ -= roled.event.bytes.size();
  if (IsInStream(roled.event)) AddStretches(roled);
  return roled;
}

void RoleFeed::AddStretches(RoledEvent& roled) {
  Stream& stream = streams_[Index(roled.event.direction)];
  const std::uint64_t end = roled.start + roled.event.length;
  std::uint64_t at = roled.start;
  const auto add_unknown = [&](std::uint64_t until) {
    Span unknown;
    unknown.direction = roled.event.direction;
    unknown.offset = at;
    unknown.length = until - at;
    roled.stretches.push_back({unknown, at, until});
    at = until;
  };
  while (at < end && !stream.spans.empty()) {
    const Span& span = stream.spans.front();
    const std::uint64_t span_end = span.offset + span.length;
    if (span_end > at) {
      if (span.offset >= end) break;
      if (span.offset > at) add_unknown(span.offset);
      const std::uint64_t until = std::min(end, span_end);
      roled.stretches.push_back({span, at, until});
      at = until;
      if (span_end > end) break;
    }
    stream.spans.pop_front();
  }
  if (at < end) add_unknown(end);
}

}  // namespace mtkrig::traces
