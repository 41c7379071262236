#include "protocol/base/clock.h"

#include <thread>

namespace mtkrig::protocol {

TimePoint SteadyClock::Now() const {
  return std::chrono::steady_clock::now();
}

void SteadyClock::SleepFor(Duration duration) {
  std::this_thread::sleep_for(duration);
}

}  // namespace mtkrig::protocol
