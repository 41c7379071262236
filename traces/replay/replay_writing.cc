// What a host writes to a replayed phone; the rest of ReplayTransport.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "traces/replay/byte_difference.h"
#include "traces/replay/replay_failure.h"
#include "traces/replay/replay_transport.h"
#include "traces/replay/watchdog_exchange.h"

namespace mtkrig::traces {

using protocol::TimePoint;

Result<void> ReplayTransport::DoWrite(std::span<const std::uint8_t> data, Duration timeout) {
  const bool special = broken_.has_value() || !incoming_.empty() || left_ || target_.has_value() ||
                       script_->watchdog() != nullptr ||
                       !options_.settings.loosenings.random.empty();
  // Nearly always these are the bytes of the next transfer, and that is all there is to it.
  if (special || !script_->TakeRequest(data)) return Match(data, timeout);
  SetPace();
  // Not Ok(), which fills the room for an error with zeros: as much work as all the rest.
  Result<void> good;
  return good;
}

Result<void> ReplayTransport::Match(ByteSpan data, Duration timeout) {
  const ByteSpan whole = data;
  while (!data.empty()) {
    if (broken_.has_value()) return *broken_;
    if (left_) return Left();
    if (watchdog_.active()) {
      const WatchdogFilter* filter = script_->watchdog();
      WatchdogAnswerer::Step step =
          watchdog_.Take(data, filter->first_status(), filter->last_status());
      data = data.subspan(step.taken);
      QueueBytes(std::move(step.answer));
      if (!step.returned.empty()) TRY(HandBack(step, timeout));
      continue;
    }
    TRY_ASSIGN(const bool found, FindTarget());
    TRY_ASSIGN(const bool intercepted, Intercept(data));
    if (intercepted) continue;
    if (!found) {
      auto peeked = script_->Peek();
      if (!peeked) return Break(std::move(peeked).error());
      const Event* next = *peeked;
      if (next == nullptr) {
        return EndOfRecording(fmt::format(", and the host goes on with {}", ShowBytes(data)));
      }
      if (next->kind == EventKind::kFailure) return FailWrite(data, timeout);
      left_ = true;
      return Left();
    }
    TakeTarget();
    if (exact() && !target_->begun() &&
        (data.size() != whole.size() || data.size() != target_->left())) {
      return Break(Mismatch(fmt::format(
          "{}: the host sends {} bytes at once, recorded are {} and transfers must be exact",
          Script::Name(target_->item()), whole.size(), target_->left())));
    }
    TRY(MatchTarget(data));
  }
  return Ok();
}

// Whether the recorded host goes on with bytes; what the phone sends before them is queued.
Result<bool> ReplayTransport::FindTarget() {
  if (target_.has_value()) return true;
  for (;;) {
    TRY_ASSIGN(const bool fetched, FetchIncoming());
    if (!fetched) break;
    if (broken_.has_value()) return *broken_;
  }
  // A host that sends has not waited for the end of a silence.
  std::erase_if(incoming_, [](const Incoming& incoming) {
    return incoming.item.event.kind == EventKind::kFailure &&
           incoming.item.event.failure == Failure::kTimeout;
  });
  auto peeked = script_->Peek();
  if (!peeked) return Break(std::move(peeked).error());
  return *peeked != nullptr && (*peeked)->kind == EventKind::kBytes;
}

// Takes over a command that looks like a write to a watchdog. The recording has none left: they
// were filtered out of it.
Result<bool> ReplayTransport::Intercept(ByteSpan& data) {
  const WatchdogFilter* filter = script_->watchdog();
  if (filter == nullptr || !script_->in_boot_rom() || target_.has_value() ||
      !script_->host_begins() || !IsRegisterWrite(data[0])) {
    return false;
  }
  auto peeked = script_->Peek();
  if (!peeked) return Break(std::move(peeked).error());
  // An agent may begin with the same byte.
  if (*peeked != nullptr && (*peeked)->length > WriteRequestSize(data[0])) return false;
  WatchdogAnswerer::Step step = watchdog_.Take(data, filter->first_status(), filter->last_status());
  // All of another write came at once: as if nothing had been looked at.
  if (!step.returned.empty()) return false;
  data = data.subspan(step.taken);
  QueueBytes(std::move(step.answer));
  return true;
}

// The request is no watchdog write after all, so the recording must have it.
Result<void> ReplayTransport::HandBack(const WatchdogAnswerer::Step& step, Duration timeout) {
  ByteSpan data = step.returned;
  answered_ = WriteAnswer(data.first(step.answered), 0, 0);
  TRY_ASSIGN(const bool found, FindTarget());
  if (!found) {
    return Break(
        Mismatch(fmt::format("the host sends {}, which was not recorded here", ShowBytes(data))));
  }
  while (!data.empty()) {
    TRY_ASSIGN(const bool more, FindTarget());
    if (!more) return Match(data, timeout);
    TakeTarget();
    TRY(MatchTarget(data));
  }
  return Ok();
}

void ReplayTransport::TakeTarget() {
  if (target_.has_value()) return;
  script_->Take(spare_item_);
  target_.emplace(std::move(spare_item_), options_.settings.loosenings);
}

Result<void> ReplayTransport::MatchTarget(ByteSpan& data) {
  auto matched = target_->Match(data);
  if (!matched) return Break(std::move(matched).error());
  if (matched->difference.has_value()) {
    const RecordedTransfer::Difference& difference = *matched->difference;
    const Event& event = target_->item().event;
    const LooseningHint hint = HintFor({.of_host = true,
                                        .shaken_hands = script_->in_boot_rom(),
                                        .packet = event.packet,
                                        .packet_length = event.length,
                                        .at = difference.at,
                                        .length = difference.length,
                                        .expected = difference.expected,
                                        .received = difference.received,
                                        .request = script_->last_sent(),
                                        .command = script_->last_command(),
                                        .in_boot_rom = script_->in_boot_rom()},
                                       options_.settings.loosenings);
    return Break(Mismatch(
        fmt::format("{}: the host sends something else at byte {} of {}: {}",
                    Script::Name(target_->item()), difference.at, event.length, difference.text),
        hint));
  }
  data = data.subspan(matched->count);
  if (target_->left() > 0) return Ok();
  unseen_ += target_->unseen();
  target_->CountChecks(checks_);
  spare_item_ = target_->Release();
  spare_item_.event.ReleaseLargeMemory();
  target_.reset();
  SetPace();
  return Ok();
}

// A write that failed when it was recorded.
Result<void> ReplayTransport::FailWrite(ByteSpan data, Duration timeout) {
  const ScriptItem item = script_->Take();
  const Event& event = item.event;
  const std::size_t at = FirstDifference(event.bytes, data);
  if (at < std::min(event.bytes.size(), data.size())) {
    const BytePair shown = ShowDifference(event.bytes, data, at);
    return Break(Mismatch(fmt::format("{}: the host sends something else: expected {}, received {}",
                                      Script::Name(item), shown.expected, shown.received)));
  }
  if (event.failure == Failure::kDisconnected) left_ = true;
  const TimePoint deadline = clock_->Now() + timeout;
  const bool waits = event.failure == Failure::kTimeout || event.latency > timeout;
  TRY(WaitUntil(waits ? deadline : clock_->Now() + event.latency, deadline));
  return Error(
      CodeOf(event.failure),
      fmt::format("{} (recorded, packet {})",
                  event.text.empty() ? FailureName(event.failure) : event.text, event.packet));
}

}  // namespace mtkrig::traces
