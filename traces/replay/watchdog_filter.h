#pragma once

// WatchdogFilter: a recording without its watchdog writes, or with writes whose statuses may
// differ.
//
// An exchange counts when it is complete: recorded as watchdog_exchange.h describes it, in any
// segmentation, beginning with a transfer and ending with one. One that the phone refused is
// complete with its first status, if the phone says no more behind it.

#include <deque>
#include <memory>
#include <optional>

#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

class WatchdogFilter final : public TraceReader {
 public:
  enum class Mode : std::uint8_t { kRemove, kAnyStatus };

  WatchdogFilter(std::unique_ptr<TraceReader> reader, Mode mode);

  Result<std::optional<Event>> Next() override;
  const SessionFacts& facts() const override { return reader_->facts(); }

  // With which status the recorded phone answered a watchdog write last: some say 0000, some 0001.
  // Of one that it refused there is no last one: 0000.
  std::uint16_t first_status() const { return first_status_; }
  std::uint16_t last_status() const { return last_status_; }

 private:
  enum class Match : std::uint8_t { kNo, kMore, kComplete, kRefused };

  Result<bool> FillInput(std::size_t count);
  Result<std::size_t> FindExchange();
  Match Look(const Event& event, std::vector<std::uint8_t>& request,
             std::vector<std::uint8_t>& answer) const;
  Result<bool> PhoneGoesOn(std::size_t count);
  void Remove(std::size_t count);
  void LoosenStatus(std::size_t count);
  void NoteStatus(const std::vector<std::uint8_t>& answer);
  std::optional<Event> TakeInput();

  std::unique_ptr<TraceReader> reader_;
  Mode mode_;
  std::deque<Event> input_;      // read ahead
  std::size_t untouchable_ = 0;  // of input_: looked at and rewritten already
  bool ended_ = false;
  std::optional<Error> failed_;
  bool host_was_last_ = false;
  std::uint16_t first_status_ = 0;
  std::uint16_t last_status_ = 0;
};

}  // namespace mtkrig::traces
