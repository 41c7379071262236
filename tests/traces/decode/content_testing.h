#pragma once

// Recordings of the same session, of which one was cut, for tests of what compares their contents.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "traces/decode/content_check.h"
#include "traces/decode/step_diff.h"
#include "traces/replay/payload_digest.h"

namespace mtkrig::traces {

// Where the content of flash is in each transfer that has some: from its first to its last byte.
struct ContentPlace {
  std::size_t event = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};

inline std::vector<ContentPlace> ContentPlaces(const std::vector<Event>& events) {
  StepDecoder decoder({.spans = true});
  for (const Event& event : events) decoder.Add(event);
  decoder.Finish();
  std::vector<Span> spans;
  decoder.TakeSpans(spans);
  std::vector<ContentPlace> places;
  std::uint64_t position[2] = {0, 0};
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].kind != EventKind::kBytes) continue;
    std::uint64_t& from = position[events[i].direction == Direction::kToHost ? 1 : 0];
    const std::uint64_t to = from + events[i].length;
    std::optional<ContentPlace> place;
    for (const Span& span : spans) {
      if (span.direction != events[i].direction || span.role != Role::kContent) continue;
      const std::uint64_t begin = std::max(span.offset, from);
      const std::uint64_t end = std::min(span.offset + span.length, to);
      if (begin >= end) continue;
      if (!place) place = {i, static_cast<std::size_t>(begin - from), 0};
      place->end = static_cast<std::size_t>(end - from);
    }
    if (place) places.push_back(*place);
    from = to;
  }
  return places;
}

// Keeps `snap` bytes of each transfer that has content, and a digest of all of it.
inline std::vector<Event> CutContents(std::vector<Event> events, std::size_t snap,
                                      DigestKind kind) {
  for (const ContentPlace& place : ContentPlaces(events)) {
    Event& event = events[place.event];
    if (event.bytes.size() <= snap) continue;
    PayloadDigest digest(kind);
    digest.Update(event.bytes);
    event.digest = *digest.Text();
    event.bytes.Own().resize(snap);
  }
  return events;
}

struct ContentComparison {
  // "READ: content bytes 0x0 to 0xff, packet 7: xxh3-128:HEX | ..."
  std::vector<std::string> lines;
  UnknownContents unknown;
  SummedContents summed;
  std::size_t opened = 0;  // how often a recording was read again
  bool same() const { return lines.empty() && unknown.steps == 0 && summed.steps == 0; }
};

inline ContentComparison CompareContents(const std::vector<Event>& a, const std::vector<Event>& b,
                                         StepDiffOptions options = {}, bool readable = true) {
  ContentComparison compared;
  const auto opener = [&](const std::vector<Event>& events) {
    return [&]() -> Result<std::unique_ptr<TraceReader>> {
      ++compared.opened;
      if (!readable) return Error(ErrorCode::kNotFound, "gone");
      return std::unique_ptr<TraceReader>(std::make_unique<MemoryTraceReader>(events));
    };
  };
  MemoryTraceReader trace_a(a);
  MemoryTraceReader trace_b(b);
  StepReader reader_a(trace_a);
  StepReader reader_b(trace_b);
  ContentCheck contents(opener(a), opener(b));
  options.contents = &contents;
  StepDiff diff(reader_a, reader_b, std::move(options));
  for (;;) {
    const auto difference = diff.Next();
    EXPECT_TRUE(difference.has_value());
    if (!difference || !difference->has_value()) break;
    const StepDifference& found = **difference;
    for (const FieldDifference& field : found.fields) {
      compared.lines.push_back(found.only_a.front().name + ": " + field.name + " " + field.a +
                               " | " + field.b);
    }
    if (found.fields.empty()) compared.lines.emplace_back("steps that the other has not");
  }
  compared.unknown = diff.unknown_contents();
  compared.summed = diff.summed_contents();
  return compared;
}

// Two different bytes of an event that follow each other, at `at` or behind it, change places: a
// sum of bytes does not see it.
inline void SwapBytes(Event& event, std::size_t at) {
  std::vector<std::uint8_t>& bytes = event.bytes.Own();
  while (at + 1 < bytes.size() && bytes[at] == bytes[at + 1]) ++at;
  ASSERT_LT(at + 1, bytes.size());
  std::swap(bytes[at], bytes[at + 1]);
}

}  // namespace mtkrig::traces
