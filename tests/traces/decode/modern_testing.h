#pragma once

// Sessions with the xflash and the xml agent in tests: written as .wire text, decoded, and shown as
// one line for each step.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "traces/decode/step_decoder.h"
#include "traces/formats/open_trace.h"

namespace mtkrig::traces {

inline std::vector<Event> ReadAll(Result<std::unique_ptr<TraceReader>> opened) {
  std::vector<Event> events;
  if (!opened) {
    ADD_FAILURE() << opened.error().Describe();
    return events;
  }
  for (;;) {
    Result<std::optional<Event>> event = (*opened)->Next();
    if (!event) ADD_FAILURE() << event.error().Describe();
    if (!event || !event->has_value()) return events;
    events.push_back(std::move(**event));
  }
}

inline ByteSpan AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A file of traces/corpus/handwritten.
inline std::vector<Event> ReadHandwritten(const std::string& name) {
  return ReadAll(OpenTrace(std::string(MTKRIG_SOURCE_DIR) + "/traces/corpus/handwritten/" + name));
}

// Builds the transfers of a session: each packet is a header and a payload, as from most clients.
class Session {
 public:
  Session& Bytes(Direction direction, ByteSpan bytes) {
    Event event = BytesEvent(direction, bytes, std::chrono::milliseconds(events_.size()));
    event.packet = events_.size() + 1;
    events_.push_back(std::move(event));
    return *this;
  }
  Session& Packet(Direction direction, ByteSpan payload, std::uint32_t type = 1) {
    std::vector<std::uint8_t> header(12);
    const std::span<std::uint8_t> out(header);
    protocol::Store<std::uint32_t>(out, 0xfeeeeeef, protocol::Endian::kLittle);
    protocol::Store(out.subspan(4), type, protocol::Endian::kLittle);
    protocol::Store(out.subspan(8), static_cast<std::uint32_t>(payload.size()),
                    protocol::Endian::kLittle);
    Bytes(direction, header);
    return payload.empty() ? *this : Bytes(direction, payload);
  }
  Session& Number(Direction direction, std::uint32_t number) {
    std::vector<std::uint8_t> bytes(4);
    protocol::Store<std::uint32_t>(std::span(bytes), number, protocol::Endian::kLittle);
    return Packet(direction, bytes);
  }
  Session& Text(Direction direction, std::string_view text) {
    return Packet(direction, AsBytes(text));
  }

  // The host's, and the phone's.
  Session& Host(std::uint32_t number) { return Number(Direction::kToPhone, number); }
  Session& Phone(std::uint32_t number) { return Number(Direction::kToHost, number); }
  Session& Host(std::string_view text) { return Text(Direction::kToPhone, text); }
  Session& Phone(std::string_view text) { return Text(Direction::kToHost, text); }
  // What the xml agent calls a text has a zero behind it.
  Session& HostXml(const std::string& text) { return Host(text + '\0'); }
  Session& PhoneXml(const std::string& text) { return Phone(text + '\0'); }

  const std::vector<Event>& events() const { return events_; }

 private:
  std::vector<Event> events_;
};

struct Decoded {
  std::vector<Step> steps;
  std::vector<std::string> lines;
  std::vector<Span> spans;
};

// "xflash READ_DATA (storage eMMC, length 0x200) refused: ..."
inline std::string Describe(const Step& step) {
  std::string text = std::string(LayerName(step.layer)) + " " + step.name;
  std::string fields;
  for (const StepField& field : step.fields) {
    fields += (fields.empty() ? "" : ", ") + field.name + " " + field.value;
  }
  if (!fields.empty()) text += " (" + fields + ")";
  if (step.content_bytes > 0) text += " +" + std::to_string(step.content_bytes);
  if (step.outcome != Outcome::kOk) {
    text += " " + std::string(OutcomeName(step.outcome)) + ": " + step.problem;
  }
  return text;
}

inline Decoded Decode(const std::vector<Event>& events) {
  Decoded decoded;
  StepDecoder decoder({.excerpts = true, .digests = true, .spans = true});
  const auto take = [&] {
    Step step;
    while (decoder.TakeStep(step)) {
      decoded.lines.push_back(Describe(step));
      decoded.steps.push_back(std::move(step));
    }
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

// Every byte of a direction has one role.
inline void ExpectAllBytesHaveARole(const std::vector<Event>& events,
                                    const std::vector<Span>& spans) {
  for (const Direction direction : {Direction::kToPhone, Direction::kToHost}) {
    std::uint64_t there = 0;
    for (const Event& event : events) {
      if (event.kind == EventKind::kBytes && event.direction == direction) there += event.length;
    }
    std::uint64_t covered = 0;
    for (const Span& span : spans) {
      if (span.direction != direction) continue;
      ASSERT_EQ(span.offset, covered);
      covered += span.length;
    }
    EXPECT_EQ(covered, there);
  }
}

// The bytes of one role, in the order in which they went over the line in this direction.
inline std::string BytesOf(Role role, Direction direction, const std::vector<Event>& events,
                           const std::vector<Span>& spans) {
  std::string stream;
  for (const Event& event : events) {
    if (event.kind == EventKind::kBytes && event.direction == direction) {
      stream.append(event.bytes.begin(), event.bytes.end());
    }
  }
  std::string bytes;
  for (const Span& span : spans) {
    if (span.direction == direction && span.role == role) {
      bytes += stream.substr(span.offset, span.length);
    }
  }
  return bytes;
}

// The same bytes in other transfers: cut at random, and joined where one side goes on. Transfers
// that have stretches of any value stay as they are.
inline std::vector<Event> Resplit(const std::vector<Event>& events, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Event> out;
  for (const Event& event : events) {
    const bool plain = event.kind == EventKind::kBytes && event.any.empty() && !event.cut();
    const bool joins = plain && !out.empty() && out.back().kind == EventKind::kBytes &&
                       out.back().any.empty() && out.back().direction == event.direction;
    if (!plain) {
      out.push_back(event);
      continue;
    }
    ByteSpan rest(event.bytes);
    bool join = joins && random() % 2 == 0;
    while (!rest.empty()) {
      const std::size_t longest = std::size_t{1} << (random() % 7);
      const std::size_t count = std::min<std::size_t>(rest.size(), 1 + random() % longest);
      if (join) {
        out.back().bytes.insert(out.back().bytes.end(), rest.begin(),
                                rest.begin() + static_cast<std::ptrdiff_t>(count));
        out.back().length = out.back().bytes.size();
      } else {
        out.push_back(BytesEvent(event.direction, rest.first(count), event.time));
      }
      rest = rest.subspan(count);
      join = random() % 3 == 0;
    }
  }
  return out;
}

}  // namespace mtkrig::traces
