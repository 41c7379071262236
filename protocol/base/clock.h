#pragma once

// Time as the project sees it. Code never asks the operating system for the time: it asks the Clock
// of the transport it talks through, which is virtual for a phone in software.

#include <chrono>

namespace mtkrig::protocol {

using Duration = std::chrono::nanoseconds;
// Time since an arbitrary origin of the clock that gave it. Points of two clocks do not compare.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint Now() const = 0;
  // Lets time pass without touching the transport. A virtual clock returns at once.
  virtual void SleepFor(Duration duration) = 0;
};

// The machine's monotonic clock.
class SteadyClock final : public Clock {
 public:
  TimePoint Now() const override;
  void SleepFor(Duration duration) override;
};

}  // namespace mtkrig::protocol
