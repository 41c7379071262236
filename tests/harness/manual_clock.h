#pragma once

#include "protocol/base/clock.h"

namespace mtkrig::harness {

// Time that passes only when it is told to.
class ManualClock final : public protocol::Clock {
 public:
  protocol::TimePoint Now() const override { return now_; }
  void SleepFor(protocol::Duration duration) override { now_ += duration; }

 private:
  protocol::TimePoint now_;
};

}  // namespace mtkrig::harness
