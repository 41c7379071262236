#include "tests/traces/decode/decode_testing.h"

#include <algorithm>
#include <array>
#include <random>

#include "traces/formats/byte_source.h"
#include "traces/formats/open_trace.h"

namespace mtkrig::traces::test {

std::vector<Event> EventsOf(std::string_view wire) {
  std::vector<Event> events;
  auto reader =
      OpenTraceContent(MemoryContent(Bytes(wire.begin(), wire.end()), "session.wire"), {});
  EXPECT_TRUE(reader.has_value()) << reader.error().Describe();
  while (reader) {
    auto event = (*reader)->Next();
    EXPECT_TRUE(event.has_value()) << event.error().Describe();
    if (!event || !event->has_value()) break;
    events.push_back(**std::move(event));
  }
  return events;
}

Decoded Decode(const std::vector<Event>& events) {
  StepDecoder decoder({.spans = true});
  Decoded decoded;
  Step step;
  const auto take = [&] {
    while (decoder.TakeStep(step)) decoded.steps.push_back(std::move(step));
    decoder.TakeSpans(decoded.spans);
  };
  for (const Event& event : events) {
    decoder.Add(event);
    take();
  }
  decoder.Finish();
  take();
  return decoded;
}

std::vector<std::string> Lines(const std::vector<Step>& steps) {
  std::vector<std::string> lines;
  lines.reserve(steps.size());
  for (const Step& step : steps) {
    lines.push_back(std::string(LayerName(step.layer)) + ": " + StepLine(step));
  }
  return lines;
}

std::vector<Event> Resplit(const std::vector<Event>& events, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Event> joined;
  for (const Event& event : events) {
    const bool plain = event.kind == EventKind::kBytes && !event.cut() && event.any.empty();
    if (plain && !joined.empty() && joined.back().kind == EventKind::kBytes &&
        joined.back().direction == event.direction && !joined.back().cut() &&
        joined.back().any.empty()) {
      joined.back().bytes.insert(joined.back().bytes.end(), event.bytes.begin(), event.bytes.end());
      joined.back().length = joined.back().bytes.size();
    } else {
      joined.push_back(event);
    }
  }
  std::vector<Event> split;
  for (const Event& event : joined) {
    if (event.kind != EventKind::kBytes || event.cut() || !event.any.empty()) {
      split.push_back(event);
      continue;
    }
    for (std::size_t at = 0; at < event.bytes.size();) {
      const std::uint64_t most = random() % 3 == 0 ? 3 : 70000;
      const std::size_t size = std::min<std::size_t>(event.bytes.size() - at, 1 + random() % most);
      Event piece = event;
      const auto begin = event.bytes.begin() + static_cast<std::ptrdiff_t>(at);
      piece.bytes.assign(begin, begin + static_cast<std::ptrdiff_t>(size));
      piece.length = size;
      split.push_back(std::move(piece));
      at += size;
    }
  }
  return split;
}

void ExpectEverySpan(const std::vector<Event>& events, const std::vector<Span>& spans) {
  std::array<std::uint64_t, 2> sent = {0, 0};
  for (const Event& event : events) {
    const bool to_host = event.direction == Direction::kToHost;
    const bool counts =
        event.kind == EventKind::kBytes || (event.kind == EventKind::kFailure && to_host);
    if (counts) sent.at(to_host ? 1 : 0) += event.length;
  }
  std::array<std::uint64_t, 2> covered = {0, 0};
  for (const Span& span : spans) {
    std::uint64_t& end = covered.at(span.direction == Direction::kToHost ? 1 : 0);
    EXPECT_EQ(span.offset, end) << RoleName(span.role);
    EXPECT_GT(span.length, 0U);
    end += span.length;
  }
  EXPECT_EQ(covered, sent);
}

}  // namespace mtkrig::traces::test
