#include "traces/replay/replay_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "traces/replay/byte_difference.h"
#include "traces/replay/replay_failure.h"
#include "traces/replay/watchdog_exchange.h"

namespace mtkrig::traces {

using protocol::TimePoint;

ReplayTransport::ReplayTransport(ReplayOptions options) : options_(std::move(options)) {
  protocol::Clock* own = &virtual_clock_;
  if (keeps_time()) own = &steady_clock_;
  clock_ = options_.clock != nullptr ? options_.clock : own;
}

Result<std::unique_ptr<ReplayTransport>> ReplayTransport::Open(std::unique_ptr<TraceReader> reader,
                                                               ReplayOptions options) {
  std::unique_ptr<ReplayTransport> replay(new ReplayTransport(std::move(options)));
  replay->script_ = std::make_unique<Script>(std::move(reader), replay->options_.settings,
                                             WatchdogFilter::Mode::kRemove);
  for (;;) {
    TRY_ASSIGN(const Event* next, replay->script_->Peek());
    if (next == nullptr) {
      return Error(ErrorCode::kInvalidInput, "this trace holds no transfer that could be replayed")
          .WithHint("It may be of another device, or of control transfers only.");
    }
    if (next->kind != EventKind::kAttached) break;
    replay->usb_id_ = replay->script_->Take().event.usb_id;
  }
  replay->SetPace();
  return replay;
}

protocol::TransportInfo ReplayTransport::info() const {
  return {.moniker = options_.moniker, .usb_id = usb_id_};
}

Error ReplayTransport::Break(Error error) {
  broken_ = error;
  return error;
}

Error ReplayTransport::Mismatch(std::string message, const LooseningHint& loosening) const {
  const std::string advice = loosening.empty()
                                 ? fmt::format("name the difference in {}", options_.side_file)
                                 : loosening.Text(options_.side_file);
  return Error(ErrorCode::kProtocol, fmt::format("{}, {}", message, script_->HowFar()))
      .WithHint(
          fmt::format("The host does not do what it did when this was recorded. If that is meant "
                      "to be, record the session again, or {}.",
                      advice));
}

Error ReplayTransport::EndOfRecording(std::string_view goes_on) const {
  return Error(ErrorCode::kDisconnected,
               fmt::format("the recording ends here, {}{}", script_->HowFar(), goes_on))
      .WithHint(
          "The recorded session went no further. Record a longer one if this one was cut short.");
}

Error ReplayTransport::Left() const {
  return Error(ErrorCode::kDisconnected, fmt::format("{} left the bus, as recorded, {}",
                                                     options_.moniker, script_->HowFar()));
}

// From here recorded time runs beside the clock's.
void ReplayTransport::SetPace() {
  if (!keeps_time()) return;
  pace_recorded_ = script_->progress().time;
  pace_clock_ = clock_->Now();
}

Result<bool> ReplayTransport::WaitUntil(TimePoint until, TimePoint deadline) {
  // Short enough for somebody who wants to stop.
  constexpr Duration kSlice = std::chrono::milliseconds(50);
  const TimePoint end = std::min(until, deadline);
  for (TimePoint now = clock_->Now(); now < end; now = clock_->Now()) {
    if (cancellation() != nullptr && cancellation()->cancelled()) {
      return Error(ErrorCode::kCancelled, "stopped on request");
    }
    const Duration left = end - now;
    clock_->SleepFor(keeps_time() ? std::min(left, kSlice) : left);
  }
  return clock_->Now() >= until;
}

Result<void> ReplayTransport::DoReconnect(Duration timeout) {
  if (broken_.has_value()) return *broken_;
  const TimePoint deadline = clock_->Now() + timeout;
  incoming_.clear();
  queued_bytes_ = 0;
  watchdog_.Reset();
  answered_.clear();
  if (target_.has_value()) {
    return Break(
        Mismatch(fmt::format("{}: the host waits for the phone to enumerate again, with "
                             "{} bytes of this still to be sent",
                             Script::Name(target_->item()), target_->left())));
  }
  // A failure behind the detachment is that of the recorded host's own attempt.
  bool detached = false;
  for (;;) {
    auto peeked = script_->Peek();
    if (!peeked) return Break(std::move(peeked).error());
    const Event* next = *peeked;
    if (next == nullptr) return EndOfRecording();
    if (next->kind == EventKind::kBytes && next->direction == Direction::kToPhone) {
      const ScriptItem item = script_->Take();
      return Break(Mismatch(fmt::format(
          "{}: the host waits for the phone to enumerate again, where {} was recorded to be sent",
          Script::Name(item), ShowBytes(item.event.bytes))));
    }
    const ScriptItem item = script_->Take();
    if (item.event.kind == EventKind::kDetached) {
      left_ = true;
      detached = true;
    }
    if (item.event.kind == EventKind::kFailure && detached) {
      TRY(WaitUntil(clock_->Now() + item.event.latency, deadline));
      return Error(CodeOf(item.event.failure), fmt::format("{} (recorded)", item.event.text));
    }
    if (item.event.kind != EventKind::kAttached) continue;
    if (keeps_time()) {
      const TimePoint due = pace_clock_ + (item.event.time - pace_recorded_);
      TRY_ASSIGN(const bool there, WaitUntil(due, deadline));
      if (!there) {
        return Error(ErrorCode::kTimeout,
                     fmt::format("{} has not enumerated again, as recorded", options_.moniker));
      }
    }
    usb_id_ = item.event.usb_id;
    left_ = false;
    SetPace();
    return Ok();
  }
}

Result<void> ReplayTransport::CheckFinished() {
  if (broken_.has_value()) return *broken_;
  if (target_.has_value()) {
    return Mismatch(fmt::format("{}: the host has left out the last {} bytes",
                                Script::Name(target_->item()), target_->left()));
  }
  for (;;) {
    TRY_ASSIGN(const Event* next, script_->Peek());
    if (next == nullptr) return Ok();
    const ScriptItem item = script_->Take();
    if (item.event.kind == EventKind::kBytes && item.event.direction == Direction::kToPhone) {
      return Mismatch(fmt::format("{}: the host stopped, where {} was recorded to be sent",
                                  Script::Name(item), ShowBytes(item.event.bytes)));
    }
  }
}

}  // namespace mtkrig::traces
