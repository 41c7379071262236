// Any events: whatever comes, memory stays bounded, and every byte has one span in the end.
// Contents are the same if they are cut and their digests are kept.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <vector>

#include "traces/decode/content_check.h"
#include "traces/decode/step_decoder.h"
#include "traces/decode/step_diff.h"
#include "traces/replay/payload_digest.h"

namespace {

using namespace mtkrig::traces;  // NOLINT(google-build-using-namespace)

// A byte says what comes, the next how much of it.
class Script {
 public:
  Script(const std::uint8_t* data, std::size_t size) : left_(data, size) {}
  bool ended() const { return left_.size() < 2; }

  Event Next() {
    Event event;
    const std::uint8_t what = left_[0];
    const std::size_t size = std::min<std::size_t>(left_[1], left_.size() - 2);
    constexpr std::array<EventKind, 8> kKinds = {
        EventKind::kBytes, EventKind::kBytes,    EventKind::kBytes, EventKind::kFailure,
        EventKind::kGap,   EventKind::kAttached, EventKind::kPhase, EventKind::kDetached};
    event.kind = kKinds[what & 7];
    event.direction = (what & 8) != 0 ? Direction::kToHost : Direction::kToPhone;
    event.failure = static_cast<Failure>((what >> 4) % 5);
    const auto bytes = left_.subspan(2, size);
    left_ = left_.subspan(2 + size);
    event.time = Duration(++count_ * 1000);
    if (event.kind == EventKind::kPhase || event.kind == EventKind::kGap) {
      event.text.assign(bytes.begin(), bytes.end());
      return event;
    }
    if (event.kind != EventKind::kBytes && event.kind != EventKind::kFailure) return event;
    event.bytes.assign(bytes.begin(), bytes.end());
    event.length = event.bytes.size();
    if (event.kind == EventKind::kBytes && (what & 0x80) != 0) event.length += 100'000;
    if ((what & 0x40) != 0 && size > 2) event.any.push_back({1, size - 2});
    if ((what & 0x40) != 0) event.bytes.assign(bytes.size(), std::uint8_t{0});
    return event;
  }

 private:
  mtkrig::protocol::ByteSpan left_;
  std::int64_t count_ = 0;
};

void Require(bool condition) {
  if (!condition) std::abort();
}

class Checker {
 public:
  void Take(StepDecoder& decoder) {
    Step step;
    while (decoder.TakeStep(step)) {
      Require(step.fields.size() <= kMaxFields + 1);
      Require(step.excerpts.size() <= kMaxExcerpts);
      Require((step.outcome == Outcome::kOk) == step.problem.empty());
    }
    std::vector<Span> spans;
    decoder.TakeSpans(spans);
    all_.insert(all_.end(), spans.begin(), spans.end());
    for (const Span& span : spans) {
      std::uint64_t& end = covered_[span.direction == Direction::kToHost ? 1 : 0];
      Require(span.offset == end && span.length > 0);
      end += span.length;
    }
  }
  void Sent(const Event& event) {
    const bool to_host = event.direction == Direction::kToHost;
    const bool counts =
        event.kind == EventKind::kBytes || (event.kind == EventKind::kFailure && to_host);
    if (counts) sent_[to_host ? 1 : 0] += event.length;
  }
  void AtEnd() const { Require(sent_ == covered_); }
  const std::vector<Span>& spans() const { return all_; }

 private:
  std::array<std::uint64_t, 2> sent_ = {0, 0};
  std::array<std::uint64_t, 2> covered_ = {0, 0};
  std::vector<Span> all_;
};

// Cuts the transfers that end in content, in front of what they have of it.
std::vector<Event> CutContents(std::vector<Event> events, const std::vector<Span>& spans) {
  std::array<std::uint64_t, 2> position = {0, 0};
  for (Event& event : events) {
    if (event.kind != EventKind::kBytes) continue;
    std::uint64_t& from = position[event.direction == Direction::kToHost ? 1 : 0];
    const std::uint64_t to = from + event.length;
    const auto last = std::find_if(spans.begin(), spans.end(), [&](const Span& span) {
      return span.direction == event.direction && span.offset < to &&
             span.offset + span.length >= to && span.role == Role::kContent;
    });
    if (last != spans.end() && !event.cut() && event.any.empty()) {
      PayloadDigest digest(DigestKind::kXxh3);
      digest.Update(event.bytes);
      event.digest = *digest.Text();
      event.bytes.resize(static_cast<std::size_t>(std::max(last->offset, from) - from));
    }
    from = to;
  }
  return events;
}

void CompareWithCut(const std::vector<Event>& whole, const std::vector<Event>& cut) {
  const auto opener = [](const std::vector<Event>& events) {
    return [&events]() -> Result<std::unique_ptr<TraceReader>> {
      return std::unique_ptr<TraceReader>(std::make_unique<MemoryTraceReader>(events));
    };
  };
  MemoryTraceReader trace_a(whole);
  MemoryTraceReader trace_b(cut);
  StepReader reader_a(trace_a, {.excerpts = false});
  StepReader reader_b(trace_b, {.excerpts = false});
  ContentCheck contents(opener(whole), opener(cut));
  StepDiff diff(reader_a, reader_b, {.ignore = {}, .contents = &contents});
  for (;;) {
    const auto difference = diff.Next();
    Require(difference.has_value());
    if (!difference->has_value()) return;
    for (const FieldDifference& field : (*difference)->fields) Require(field.name != "content");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  StepDecoder decoder({.spans = true});
  Checker checker;
  std::vector<Event> events;
  for (Script script(data, size); !script.ended();) {
    const Event event = script.Next();
    decoder.Add(event);
    checker.Sent(event);
    checker.Take(decoder);
    events.push_back(event);
  }
  decoder.Finish();
  checker.Take(decoder);
  checker.AtEnd();
  CompareWithCut(events, CutContents(events, checker.spans()));
  return 0;
}
