#pragma once

// Traces as arguments: the file, and which device of a capture is meant.

#include <CLI/App.hpp>
#include <memory>
#include <string>

#include "harness/base.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::harness {

struct TraceInput {
  std::string file;
  std::string device;  // --from
  std::string format;  // --format
};

// Adds the argument FILE and the options --from and --format.
void AddTraceInput(CLI::App& command, TraceInput& input);
// Adds the options alone.
void AddTraceChoice(CLI::App& command, TraceInput& input);

// Opens it. Errors are those of traces::OpenTrace().
Result<std::unique_ptr<traces::TraceReader>> OpenInput(const TraceInput& input);

}  // namespace mtkrig::harness
