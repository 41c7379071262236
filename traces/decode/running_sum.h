#pragma once

// RunningSum: the checksums that phones send behind their packets, computed piece by piece.

#include <cstdint>

#include "traces/decode/step.h"

namespace mtkrig::traces {

class RunningSum {
 public:
  explicit RunningSum(Span::Sum kind = Span::Sum::kNone) : kind_(kind) {}

  void Update(ByteSpan data);
  std::uint16_t value() const { return static_cast<std::uint16_t>(state_); }

 private:
  Span::Sum kind_;
  std::uint32_t state_ = 0;
  bool odd_ = false;  // of kXor16: an odd number of bytes so far
};

}  // namespace mtkrig::traces
