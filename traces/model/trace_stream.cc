#include "traces/model/trace_stream.h"

#include <utility>

namespace mtkrig::traces {

Result<bool> TraceReader::NextInto(Event& event) {
  TRY_ASSIGN(std::optional<Event> next, Next());
  if (!next.has_value()) return false;
  event = *std::move(next);
  return true;
}

MemoryTraceReader::MemoryTraceReader(std::vector<Event> events, SessionFacts facts)
    : events_(std::move(events)), facts_(std::move(facts)) {}

Result<std::optional<Event>> MemoryTraceReader::Next() {
  if (next_ == events_.size()) return std::optional<Event>();
  return std::optional<Event>(events_[next_++]);
}

Result<void> MemoryTraceWriter::Add(const Event& event) {
  events_.push_back(event);
  return Ok();
}

}  // namespace mtkrig::traces
