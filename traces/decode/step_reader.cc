#include "traces/decode/step_reader.h"

namespace mtkrig::traces {

StepReader::StepReader(TraceReader& trace, const DecoderOptions& options)
    : trace_(trace), decoder_(options) {}

Result<std::optional<Step>> StepReader::Next() {
  Step step;
  while (!decoder_.TakeStep(step)) {
    if (ended_) return std::optional<Step>();
    TRY_ASSIGN(const bool more, trace_.NextInto(event_));
    if (more) {
      decoder_.Add(event_);
    } else {
      ended_ = true;
      decoder_.Finish();
    }
  }
  return std::optional<Step>(std::move(step));
}

}  // namespace mtkrig::traces
