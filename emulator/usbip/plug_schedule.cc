#include "emulator/usbip/plug_schedule.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <utility>

namespace mtkrig::emulator {
namespace {

using protocol::Duration;
using protocol::Error;
using protocol::ErrorCode;
using protocol::Result;
using protocol::TimePoint;

constexpr double kLongestSeconds = 1e6;
// A schedule that repeats at once would be a busy loop.
constexpr Duration kShortestRepeat = std::chrono::milliseconds(100);

Error BadPart(std::string_view part, std::string_view why) {
  return Error(ErrorCode::kInvalidArgument, fmt::format("the schedule has \"{}\", {}", part, why))
      .WithHint("write for instance plug@0,unplug@2.5,repeat@10, with times in seconds");
}

Result<Duration> ParseSeconds(std::string_view part, std::string_view text) {
  double seconds = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
  if (error != std::errc() || stop != end || !std::isfinite(seconds) || seconds < 0 ||
      seconds > kLongestSeconds) {
    return BadPart(part, "whose time is not a number of seconds");
  }
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

std::optional<PlugAction> ParseAction(std::string_view word) {
  if (word == "plug") return PlugAction::kPlug;
  if (word == "unplug") return PlugAction::kUnplug;
  if (word == "brom") return PlugAction::kBootRom;
  if (word == "preloader") return PlugAction::kPreloader;
  return std::nullopt;
}

}  // namespace

Result<PlugSchedule> ParsePlugSchedule(std::string_view text) {
  PlugSchedule schedule;
  if (text.empty()) return BadPart(text, "which does nothing");
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const std::size_t at = part.find('@');
    if (at == std::string_view::npos) return BadPart(part, "which has no @ and time");
    TRY_ASSIGN(const Duration time, ParseSeconds(part, part.substr(at + 1)));
    const Duration last = schedule.events.empty() ? Duration() : schedule.events.back().at;
    if (schedule.repeat) return BadPart(part, "after the repeat, which must come last");
    if (time < last) return BadPart(part, "which is earlier than the part before it");
    if (part.substr(0, at) == "repeat") {
      if (schedule.events.empty()) return BadPart(part, "and nothing before it to repeat");
      if (time < last + kShortestRepeat) {
        return BadPart(part, "which is less than 0.1 s after the part before it");
      }
      schedule.repeat = time;
      continue;
    }
    const std::optional<PlugAction> action = ParseAction(part.substr(0, at));
    if (!action) return BadPart(part, "and knows plug, unplug, brom, preloader and repeat");
    schedule.events.push_back({.at = time, .action = *action});
  }
  return schedule;
}

ScheduleRunner::ScheduleRunner(PlugSchedule schedule, TimePoint start)
    : schedule_(std::move(schedule)), start_(start) {}

std::optional<TimePoint> ScheduleRunner::NextTime() const {
  if (next_ < schedule_.events.size()) return start_ + schedule_.events[next_].at;
  if (schedule_.repeat && !schedule_.events.empty()) {
    return start_ + *schedule_.repeat + schedule_.events.front().at;
  }
  return std::nullopt;
}

std::optional<PlugAction> ScheduleRunner::TakeDue(TimePoint now) {
  const std::optional<TimePoint> due = NextTime();
  if (!due || *due > now) return std::nullopt;
  if (next_ == schedule_.events.size()) {
    next_ = 0;
    start_ += *schedule_.repeat;
    // A machine that slept does not make up for the rounds it missed.
    if (now - start_ > *schedule_.repeat) start_ = now - schedule_.events.front().at;
  }
  return schedule_.events[next_++].action;
}

}  // namespace mtkrig::emulator
