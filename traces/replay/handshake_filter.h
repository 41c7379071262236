#pragma once

// HandshakeFilter: a recording whose log lacks the handshake, with the handshake in its place, so
// that either side can be replayed: no phone answers before it, and no host begins without.
//
// It stands in front of the first bytes of the host behind a gap that says so, or in front of a
// command of boot ROM or preloader that the recording begins with. Where the host says its
// handshake there, nothing is added.

#include <deque>
#include <memory>
#include <optional>

#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

// Whether a gap is that of a handshake, and nothing else.
bool IsMissingHandshake(const Event& event);

// Whether a host that begins with these bytes asks a boot ROM or preloader something.
bool BeginsBehindHandshake(ByteSpan sent);

class HandshakeFilter final : public TraceReader {
 public:
  // The gap in front of all that the host says; every such gap; also a beginning without a gap.
  enum class Where : std::uint8_t { kFirstGap, kGaps, kGapsAndBeginning };

  HandshakeFilter(std::unique_ptr<TraceReader> reader, Where where);

  Result<std::optional<Event>> Next() override;
  Result<bool> NextInto(Event& event) override;
  const SessionFacts& facts() const override { return reader_->facts(); }

  // Whether the event that was given last is none of the recording's.
  bool supplied() const { return supplied_; }

 private:
  void Supply(Event& first);

  std::unique_ptr<TraceReader> reader_;
  Where where_;
  bool at_beginning_ = true;     // of the host's bytes
  bool behind_gap_ = false;      // a handshake is missing in front of the host's next bytes
  std::deque<Event> handshake_;  // still to be given
  Event held_;                   // behind it, unless that is empty
  bool supplied_ = false;
};

}  // namespace mtkrig::traces
