#pragma once

// Reading and writing traces in tests, in memory.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "capture_builder.h"
#include "traces/formats/open_trace.h"
#include "traces/formats/pcapng_writer.h"
#include "traces/formats/trace_output.h"
#include "traces/formats/wire_writer.h"

namespace mtkrig::traces {

// All that an event says but where it stands.
inline bool Same(const Event& a, const Event& b) {
  return a.kind == b.kind && a.direction == b.direction && a.failure == b.failure &&
         a.failed == b.failed && a.time == b.time && a.latency == b.latency && a.bytes == b.bytes &&
         a.any == b.any && a.length == b.length && a.digest == b.digest && a.setup == b.setup &&
         a.endpoint == b.endpoint && a.usb_id == b.usb_id && a.text == b.text;
}

// In one line, for comparing whole traces: "< bytes 5faf", "> failure stall 00 of 4".
inline std::string Describe(const Event& event) {
  const bool transfer = event.kind == EventKind::kBytes || event.kind == EventKind::kFailure ||
                        event.kind == EventKind::kControl || event.kind == EventKind::kOther;
  std::string text;
  if (transfer) text = event.direction == Direction::kToPhone ? "> " : "< ";
  text += EventKindName(event.kind);
  if (event.kind == EventKind::kFailure || event.failed) {
    text += " " + std::string(FailureName(event.failure));
  }
  if (!event.setup.empty()) text += " setup " + protocol::ToHex(event.setup);
  if (!event.bytes.empty()) text += " " + protocol::ToHex(event.bytes);
  if (event.cut()) text += " of " + std::to_string(event.length);
  if (event.usb_id.has_value()) {
    const std::array<std::uint16_t, 2> ids = {event.usb_id->vendor, event.usb_id->product};
    Bytes bytes(4);
    protocol::StoreBe(std::span(bytes), ids[0]);
    protocol::StoreBe(std::span(bytes).subspan(2), ids[1]);
    text += " " + protocol::ToHex(bytes);
  }
  if (!event.text.empty()) text += " " + event.text;
  return text;
}

struct ReadTrace {
  SessionFacts facts;
  std::vector<Event> events;
  std::vector<std::string> lines;  // Describe() of each
  std::string error;               // Describe() of what ended it, if not the end of the file
  std::string hint;
  std::optional<ErrorCode> code;
  std::optional<std::uint64_t> offset;
};

inline void SetError(ReadTrace& trace, const Error& error) {
  trace.error = error.Describe();
  trace.hint = error.hint();
  trace.code = error.code();
  trace.offset = error.offset();
}

inline ReadTrace ReadAll(Result<std::unique_ptr<TraceReader>> reader) {
  ReadTrace trace;
  if (!reader) {
    SetError(trace, reader.error());
    return trace;
  }
  while (true) {
    Result<std::optional<Event>> event = (*reader)->Next();
    if (!event) SetError(trace, event.error());
    if (!event || !event->has_value()) break;
    trace.lines.push_back(Describe(**event));
    trace.events.push_back(std::move(**event));
  }
  trace.facts = (*reader)->facts();
  return trace;
}

inline ReadTrace ReadBytes(Bytes bytes, std::string device = {}) {
  return ReadAll(
      OpenTraceContent(MemoryContent(std::move(bytes), "trace"), {.device = std::move(device)}));
}

inline ReadTrace ReadText(std::string_view text) {
  return ReadBytes(FromText(text));
}

template <typename Writer>
Bytes WriteAs(const std::vector<Event>& events, const SessionFacts& facts = {}) {
  Bytes bytes;
  auto writer = Writer::Create(MemoryOutput(bytes), facts);
  EXPECT_TRUE(writer.has_value());
  for (const Event& event : events) {
    const Result<void> added = (*writer)->Add(event);
    EXPECT_TRUE(added.has_value()) << added.error().Describe();
  }
  return bytes;
}

inline std::string WriteText(const std::vector<Event>& events, const SessionFacts& facts = {}) {
  const Bytes bytes = WriteAs<WireWriter>(events, facts);
  return {bytes.begin(), bytes.end()};
}

inline void ExpectSame(const std::vector<Event>& expected, const std::vector<Event>& actual) {
  ASSERT_EQ(expected.size(), actual.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(Same(expected[i], actual[i]))
        << "event " << i << ": " << Describe(expected[i]).substr(0, 200) << " became "
        << Describe(actual[i]).substr(0, 200);
  }
}

class TraceDirectory {
 public:
  TraceDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mtkrig-trace.XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TraceDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TraceDirectory(const TraceDirectory&) = delete;
  TraceDirectory& operator=(const TraceDirectory&) = delete;
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline Bytes Slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void Spill(const std::string& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary);
  for (const std::uint8_t byte : bytes) file.put(static_cast<char>(byte));
  EXPECT_TRUE(file.good()) << path;
}

}  // namespace mtkrig::traces
