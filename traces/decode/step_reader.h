#pragma once

// StepReader: the steps of a trace, one after the other, in memory that does not grow with it.

#include <optional>

#include "traces/decode/step_decoder.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

class StepReader {
 public:
  // `trace` must outlive the reader.
  explicit StepReader(TraceReader& trace, const DecoderOptions& options = {});

  // The next step, or nothing at the end. Errors are those of the trace.
  Result<std::optional<Step>> Next();

 private:
  TraceReader& trace_;
  StepDecoder decoder_;
  bool ended_ = false;
};

}  // namespace mtkrig::traces
