#pragma once

// SecondReading: goes through a recording once more, at the pace of who asks, and shows the bytes
// of its steps as they are taken. What the first reading (StepReader) said of a step tells where
// its bytes are.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "traces/decode/step_decoder.h"
#include "traces/decode/taken_bytes.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

// Where a direction's share stands in arrays of two.
inline std::size_t IndexOf(Direction direction) {
  return direction == Direction::kToHost ? 1 : 0;
}

class SecondReading : private TakenListener {
 public:
  explicit SecondReading(std::unique_ptr<TraceReader> trace);
  SecondReading(const SecondReading&) = delete;
  SecondReading& operator=(const SecondReading&) = delete;
  ~SecondReading() override = default;

  // Takes the next event. False at the end of the recording, or where it cannot be read any more.
  bool Advance();
  // Whether all bytes of the step were shown.
  bool Passed(const Step& step) const;

  // Of a step's bytes in the stream of their direction: the first, and the first behind them.
  static std::uint64_t Begin(const Step& step, Direction direction);
  static std::uint64_t End(const Step& step, Direction direction);

 private:
  virtual void Show(const TakenBytes& taken) = 0;
  void OnTaken(const TakenBytes& taken) override;

  std::unique_ptr<TraceReader> trace_;
  StepDecoder decoder_;
  Event event_;
  std::array<std::uint64_t, 2> shown_ = {0, 0};  // by IndexOf()
  bool ended_ = false;
};

}  // namespace mtkrig::traces
