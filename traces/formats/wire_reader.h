#pragma once

// Traces as text that people write and review. traces/README.md has the grammar.

#include <memory>

#include "traces/formats/byte_source.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

// Whether `head`, the first bytes of a file, can be the beginning of a .wire file: text whose first
// line that is not blank begins with one of the characters that lines begin with.
bool LooksLikeWire(ByteSpan head);

// Whether each line of `head`, but the last, which may be cut, begins as one of a .wire file does.
// So a .wire file is told from a log that begins with a heading, a time in brackets or a quotation;
// one with a mistake in it may fail.
bool HasWireLines(ByteSpan head);

// Reads the facts, and finds a mistake in front of the first transfer at once.
Result<std::unique_ptr<TraceReader>> OpenWire(const Content& content);

}  // namespace mtkrig::traces
