#pragma once

// Time that passes when somebody waits: replaying costs none.

#include "protocol/base/clock.h"

namespace mtkrig::traces {

class VirtualClock final : public protocol::Clock {
 public:
  protocol::TimePoint Now() const override { return now_; }
  void SleepFor(protocol::Duration duration) override {
    if (duration > protocol::Duration::zero()) now_ += duration;
  }

 private:
  protocol::TimePoint now_;
};

}  // namespace mtkrig::traces
