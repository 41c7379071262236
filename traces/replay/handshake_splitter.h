#pragma once

// HandshakeSplitter: a recording whose host said several bytes of the handshake in one transfer, as
// one in which each was answered before the next. Phones answer each byte as they read it
// (protocol/README.md, section 2), so that a replayed one can be talked to either way; as recorded,
// it would hold back its answers until all four are there, and most hosts wait for the first.
//
//   > a0 0a 50 05   < READY 5f f5 af fa   becomes   > a0   < READY 5f   > 0a   < f5   > 50   ...
//
// Split is a transfer of two to four bytes of the handshake that follow one another in it, if what
// the phone says next is the complement of each, in as many transfers as it likes, with letters of
// READY in front at most. Pieces have packet, offset and times of the transfer that they are of.
// All else passes unchanged, and so does what the side file names bytes of.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "traces/model/trace_stream.h"
#include "traces/replay/loosenings.h"

namespace mtkrig::traces {

class HandshakeSplitter final : public TraceReader {
 public:
  // `random` must outlive it.
  HandshakeSplitter(std::unique_ptr<TraceReader> reader, const std::vector<RandomBytes>& random);

  Result<std::optional<Event>> Next() override;
  Result<bool> NextInto(Event& event) override;
  const SessionFacts& facts() const override { return reader_->facts(); }

 private:
  Result<bool> Read(Event& event);
  [[gnu::noinline]] Result<bool> GiveHeld(Event& event);
  bool Fill(std::size_t count);
  std::size_t FindAnswered();
  void Split(std::size_t count);
  bool Named(const Event& event) const;

  std::unique_ptr<TraceReader> reader_;
  const std::vector<RandomBytes>& random_;
  std::uint64_t number_ = 0;     // of events read: their packets, where the trace has none
  bool holding_ = false;         // whether anything of this is to be given before more is read
  std::deque<Event> pieces_;     // first these,
  std::deque<Event> input_;      // then what was read ahead,
  std::optional<Error> failed_;  // and then what ended the reading
  bool ended_ = false;
};

}  // namespace mtkrig::traces
