#include "traces/decode/step_reader.h"

namespace mtkrig::traces {

StepReader::StepReader(TraceReader& trace, const DecoderOptions& options)
    : trace_(trace), decoder_(options) {}

Result<std::optional<Step>> StepReader::Next() {
  Step step;
  while (!decoder_.TakeStep(step)) {
    if (ended_) return std::optional<Step>();
    TRY_ASSIGN(const std::optional<Event> event, trace_.Next());
    if (event) {
      decoder_.Add(*event);
    } else {
      ended_ = true;
      decoder_.Finish();
    }
  }
  return std::optional<Step>(std::move(step));
}

}  // namespace mtkrig::traces
