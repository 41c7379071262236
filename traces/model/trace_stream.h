#pragma once

// Traces as streams of events: memory does not grow with their length.

#include <memory>
#include <optional>
#include <vector>

#include "traces/model/event.h"

namespace mtkrig::traces {

// Limit of one event's kept bytes, for every reader. The largest transfer that tools are known to
// ask for is 16 MiB.
inline constexpr std::size_t kMaxEventBytes = std::size_t{64} << 20;

class TraceReader {
 public:
  virtual ~TraceReader() = default;
  // The next event, or nothing at the end. kInvalidInput with the offset for what cannot be read
  // on; damage that can be stepped over is a kGap event instead.
  virtual Result<std::optional<Event>> Next() = 0;
  // The same, into `event`, whatever it held before; false at the end. Readers that override it use
  // the event's memory again, and may leave its bytes where they have them: those are valid until
  // the next call, or the reader's end, and who wants them for longer says bytes.Own(). For those
  // who go through many.
  virtual Result<bool> NextInto(Event& event);
  // What is known of the session so far. Complete before the first event where the file has it.
  virtual const SessionFacts& facts() const = 0;
};

class TraceWriter {
 public:
  virtual ~TraceWriter() = default;
  // What was added before a crash of the program is readable; in a compressed file, all but the
  // last few KiB, and everything before the last Flush(). kIo, kNoSpace; kInvalidArgument for an
  // event that no reader can have made.
  virtual Result<void> Add(const Event& event) = 0;
  // Writes out what is buffered. Further events may follow.
  virtual Result<void> Flush() = 0;
};

// A trace in memory, for tests and small sessions.
class MemoryTraceReader final : public TraceReader {
 public:
  explicit MemoryTraceReader(std::vector<Event> events, SessionFacts facts = {});
  Result<std::optional<Event>> Next() override;
  const SessionFacts& facts() const override { return facts_; }

 private:
  std::vector<Event> events_;
  SessionFacts facts_;
  std::size_t next_ = 0;
};

class MemoryTraceWriter final : public TraceWriter {
 public:
  Result<void> Add(const Event& event) override;
  Result<void> Flush() override { return Ok(); }
  const std::vector<Event>& events() const { return events_; }

 private:
  std::vector<Event> events_;
};

}  // namespace mtkrig::traces
