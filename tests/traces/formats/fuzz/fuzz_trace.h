#pragma once

// What any file may be fed with, and what must hold of whatever is read from it.

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "traces/formats/event_checks.h"
#include "traces/formats/open_trace.h"
#include "traces/formats/pcapng_writer.h"
#include "traces/formats/trace_output.h"
#include "traces/formats/wire_writer.h"

namespace mtkrig::traces {

using Bytes = std::vector<std::uint8_t>;

// A few lines of text can stand for terabytes: what is looked at is bounded.
inline constexpr std::size_t kMaxFuzzEvents = 500;
inline constexpr std::size_t kMaxFuzzBytes = 8 * 1024 * 1024;

inline std::vector<Event> Drain(Result<std::unique_ptr<TraceReader>> reader) {
  std::vector<Event> events;
  std::size_t bytes = 0;
  if (!reader) return events;
  while (events.size() < kMaxFuzzEvents && bytes < kMaxFuzzBytes) {
    Result<std::optional<Event>> event = (*reader)->Next();
    if (!event || !event->has_value()) break;
    bytes += (*event)->bytes.size();
    events.push_back(std::move(**event));
  }
  return events;
}

inline void MustBeSame(const Event& a, const Event& b) {
  // A bulk transfer of endpoint 0 is one whose endpoint is not known, and is written as 1.
  const bool bulk = a.kind == EventKind::kBytes || a.kind == EventKind::kFailure;
  const bool same_endpoint = a.endpoint == b.endpoint || (bulk && a.endpoint == 0);
  const bool same = a.kind == b.kind && a.direction == b.direction && a.failure == b.failure &&
                    a.failed == b.failed && a.time == b.time && a.latency == b.latency &&
                    a.bytes == b.bytes && a.any == b.any && a.length == b.length &&
                    a.digest == b.digest && a.setup == b.setup && same_endpoint &&
                    a.usb_id == b.usb_id && BoundedText(a.text) == b.text;
  if (!same) std::abort();
}

template <typename Writer>
void MustSurvive(const std::vector<Event>& events) {
  Bytes bytes;
  auto writer = Writer::Create(MemoryOutput(bytes), {});
  if (!writer) std::abort();
  for (const Event& event : events) {
    if (!(*writer)->Add(event)) std::abort();
  }
  const std::vector<Event> again =
      Drain(OpenTraceContent(MemoryContent(std::move(bytes), "again"), {}));
  if (again.size() != events.size()) std::abort();
  for (std::size_t i = 0; i < events.size(); ++i) MustBeSame(events[i], again[i]);
}

// Whatever was read can be written in both formats, and is the same again.
inline void Check(const std::vector<Event>& events) {
  MustSurvive<WireWriter>(events);
  // Packets have no times before the epoch, which a text may give.
  const bool times = std::all_of(events.begin(), events.end(), [](const Event& event) {
    return event.time >= event.latency && event.latency >= Duration::zero();
  });
  if (times) MustSurvive<PcapngWriter>(events);
}

}  // namespace mtkrig::traces
