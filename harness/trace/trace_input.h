#pragma once

// Traces as arguments: the file, and which device of a capture is meant.

#include <CLI/App.hpp>
#include <functional>
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

// Opens it anew each time that it is called: always this very file, also where another one takes
// its name. Errors are those of traces::OpenFileContent() and traces::OpenTrace().
using InputOpener = std::function<Result<std::unique_ptr<traces::TraceReader>>()>;
Result<InputOpener> OpenerOf(const TraceInput& input);

// Opens it. Errors are those of traces::OpenTrace().
Result<std::unique_ptr<traces::TraceReader>> OpenInput(const TraceInput& input);

}  // namespace mtkrig::harness
