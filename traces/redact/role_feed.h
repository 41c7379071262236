#pragma once

// RoleFeed: the events of a trace, each with what its bytes are. Events are held back until the
// decoder has understood them, which never takes more than some KiB, unless one direction is silent
// for long: then what waits is given as unknown. Memory is bounded.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "traces/decode/step_decoder.h"
#include "traces/model/trace_stream.h"
#include "traces/redact/range_list.h"

namespace mtkrig::traces {

// A stretch of one event's data: what a span says of it.
struct RoledBytes {
  Span span;            // the whole of it, which may reach into other events
  std::uint64_t begin;  // of this stretch, in the direction's stream
  std::uint64_t end;
};

struct RoledEvent {
  Event event;
  // Where its data begins in the direction's stream. Events without data in the stream have no
  // stretches; in others the stretches follow on each other, and cover all of the data.
  std::uint64_t start = 0;
  std::vector<RoledBytes> stretches;
  // What was being talked when it came.
  Layer layer = Layer::kUnknown;
};

// Whether the data of an event counts in its direction's stream: see Span.
bool IsInStream(const Event& event);

class RoleFeed {
 public:
  explicit RoleFeed(std::unique_ptr<TraceReader> reader);

  Result<std::optional<RoledEvent>> Next();
  // Steps that were finished since the last call.
  std::vector<Step> TakeSteps();
  // The stretches of the stream to the host that belong to steps which ended incomplete, unexpected
  // or failed: their bytes may not be what they were taken for. Complete when Next() gave nothing.
  const RangeList& broken() const { return broken_; }
  const SessionFacts& facts() const { return reader_->facts(); }

 private:
  struct Stream {
    std::uint64_t position = 0;  // of what was read
    std::uint64_t known = 0;     // up to where spans have come
    std::deque<Span> spans;
  };
  Result<void> ReadOne();
  void TakeSpans();
  bool FrontIsKnown() const;
  RoledEvent TakeFront();
  void AddStretches(RoledEvent& roled);

  std::unique_ptr<TraceReader> reader_;
  StepDecoder decoder_;
  std::deque<RoledEvent> held_;
  std::uint64_t held_bytes_ = 0;
  Stream streams_[2];
  std::vector<Step> steps_;
  std::vector<Span> new_spans_;
  RangeList broken_;
  std::uint64_t steps_end_ = 0;  // of finished steps, in the stream to the host
  bool ended_ = false;
};

}  // namespace mtkrig::traces
