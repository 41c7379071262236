#include "traces/decode/trace_statistics.h"

#include <algorithm>

namespace mtkrig::traces {

TraceStatistics::TraceStatistics() : decoder_({.excerpts = false, .digests = false}) {
  for (auto& layer : layers_) layer = std::make_unique<Flow>();
  phase_ = &PhaseOf("");
}

TraceStatistics::Phase& TraceStatistics::PhaseOf(const std::string& name) {
  const auto known = std::find_if(phases_.begin(), phases_.end(),
                                  [&](const auto& phase) { return phase->name == name; });
  if (known != phases_.end()) return **known;
  if (phases_.size() == kMaxPhases) {
    phases_.back()->name = "(others)";
    return *phases_.back();
  }
  phases_.push_back(std::make_unique<Phase>());
  phases_.back()->name = ShortenedText(name);
  return *phases_.back();
}

void TraceStatistics::Add(const Event& event) {
  if (event.kind == EventKind::kPhase) phase_ = &PhaseOf(event.text);
  decoder_.Add(event);
  TakeSteps();
  if (event.kind == EventKind::kBytes || event.kind == EventKind::kFailure) Transfer(event);
}

void TraceStatistics::Transfer(const Event& event) {
  Flow& layer = *layers_[static_cast<std::size_t>(decoder_.layer())];
  const bool to_phone = event.direction == Direction::kToPhone;
  std::optional<Duration> latency;
  if (event.kind == EventKind::kBytes && event.length > 0) {
    if (to_phone) {
      asked_ = event.time;
    } else if (asked_) {
      latency = event.time - *asked_;
      asked_.reset();
    }
  }
  for (Flow* flow : {&total_, &phase_->flow, &layer}) {
    if (event.kind == EventKind::kFailure) ++flow->failures;
    (to_phone ? flow->bytes_to_phone : flow->bytes_to_host) += event.length;
    ++(to_phone ? flow->transfers_to_phone : flow->transfers_to_host);
    flow->bytes_cut += event.length - std::min<std::uint64_t>(event.length, event.bytes.size());
    if (last_time_ && event.time > *last_time_) flow->time += event.time - *last_time_;
    if (latency) flow->latency.Add(*latency);
  }
  last_time_ = event.time;
}

void TraceStatistics::TakeSteps() {
  Step step;
  while (decoder_.TakeStep(step)) {
    Phase& phase = PhaseOf(step.phase);
    for (Flow* flow : {&total_, &phase.flow, layers_[static_cast<std::size_t>(step.layer)].get()}) {
      ++flow->steps;
      if (step.outcome != Outcome::kOk) ++flow->problems;
    }
  }
}

void TraceStatistics::Finish() {
  decoder_.Finish();
  TakeSteps();
}

}  // namespace mtkrig::traces
