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
};

// Adds the argument FILE and the option --from.
void AddTraceInput(CLI::App& command, TraceInput& input);
// Adds --from alone.
void AddTraceDevice(CLI::App& command, std::string& device);

// Opens it; an error tells how to choose a device.
Result<std::unique_ptr<traces::TraceReader>> OpenInput(const TraceInput& input);

}  // namespace mtkrig::harness
