#pragma once

// Next() of readers whose work is done by NextInto().

#include <optional>
#include <utility>

#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

// The event that NextInto() gives, with bytes of its own; nothing at the end.
inline Result<std::optional<Event>> NextByInto(TraceReader& reader) {
  Event event;
  TRY_ASSIGN(const bool more, reader.NextInto(event));
  if (!more) return std::optional<Event>();
  event.bytes.Own();
  return std::optional<Event>(std::move(event));
}

}  // namespace mtkrig::traces
