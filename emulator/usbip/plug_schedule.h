#pragma once

// When cables go in and out by themselves, as a user writes it:
//
//   plug@0,unplug@2.5,brom@4,plug@4,repeat@10
//
// Seconds count from the start of the server, or from the last repeat.

#include <optional>
#include <string_view>
#include <vector>

#include "protocol/base/clock.h"
#include "protocol/base/result.h"

namespace mtkrig::emulator {

enum class PlugAction { kPlug, kUnplug, kBootRom, kPreloader };

struct PlugEvent {
  protocol::Duration at = {};
  PlugAction action = PlugAction::kPlug;
};

struct PlugSchedule {
  std::vector<PlugEvent> events;             // in the order of time
  std::optional<protocol::Duration> repeat;  // after the last event, at least 100 ms
};

// Errors: kInvalidArgument, naming the part that cannot be read.
protocol::Result<PlugSchedule> ParsePlugSchedule(std::string_view text);

// A schedule on its way through time.
class ScheduleRunner {
 public:
  ScheduleRunner(PlugSchedule schedule, protocol::TimePoint start);
  std::optional<protocol::TimePoint> NextTime() const;
  // The next action that is due at `now`; empty: none is.
  std::optional<PlugAction> TakeDue(protocol::TimePoint now);

 private:
  PlugSchedule schedule_;
  protocol::TimePoint start_;
  std::size_t next_ = 0;
};

}  // namespace mtkrig::emulator
