#pragma once

// Traces as text that people write and review. traces/README.md has the grammar.

#include <memory>

#include "traces/formats/byte_source.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

// Reads the facts, and finds a mistake in front of the first transfer at once.
Result<std::unique_ptr<TraceReader>> OpenWire(const Content& content);

}  // namespace mtkrig::traces
