#include "traces/decode/second_reading.h"

#include <utility>

namespace mtkrig::traces {

// Sums and digests were looked at by the first reading.
SecondReading::SecondReading(std::unique_ptr<TraceReader> trace)
    : trace_(std::move(trace)),
      decoder_({.excerpts = false, .sums = false, .digests = false, .listener = this}) {}

bool SecondReading::Advance() {
  if (ended_) return false;
  const Result<bool> more = trace_->NextInto(event_);
  if (more && *more) {
    decoder_.Add(event_);
  } else {
    ended_ = true;
    decoder_.Finish();
  }
  Step step;
  while (decoder_.TakeStep(step)) {
  }
  return true;
}

bool SecondReading::Passed(const Step& step) const {
  return shown_[0] >= End(step, Direction::kToPhone) && shown_[1] >= End(step, Direction::kToHost);
}

std::uint64_t SecondReading::Begin(const Step& step, Direction direction) {
  return direction == Direction::kToHost ? step.before_to_host : step.before_to_phone;
}

std::uint64_t SecondReading::End(const Step& step, Direction direction) {
  return Begin(step, direction) +
         (direction == Direction::kToHost ? step.bytes_to_host : step.bytes_to_phone);
}

void SecondReading::OnTaken(const TakenBytes& taken) {
  shown_[IndexOf(taken.direction)] = taken.offset + taken.piece.length;
  Show(taken);
}

}  // namespace mtkrig::traces
