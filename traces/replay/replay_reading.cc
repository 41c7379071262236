// What a host reads of a replayed phone; the rest of ReplayTransport.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iterator>
#include <utility>

#include "traces/replay/byte_difference.h"
#include "traces/replay/replay_failure.h"
#include "traces/replay/replay_transport.h"

namespace mtkrig::traces {
namespace {

// What a host may leave unread while it goes on sending. Beyond that a phone would have stopped.
constexpr std::size_t kMaxQueuedItems = 4096;
constexpr std::size_t kMaxQueuedBytes = std::size_t{16} << 20;

}  // namespace

using protocol::TimePoint;

// Moves the next thing for the host to read, if that is what comes next, into the queue.
Result<bool> ReplayTransport::FetchIncoming() {
  if (target_.has_value()) return false;
  if (!incoming_.empty()) incoming_.back().item.event.bytes.Own();
  auto peeked = script_->Peek();
  if (!peeked) return Break(std::move(peeked).error());
  const Event* next = *peeked;
  if (next == nullptr || next->direction == Direction::kToPhone) return false;
  if (next->kind != EventKind::kBytes && next->kind != EventKind::kFailure) return false;
  if (incoming_.size() >= kMaxQueuedItems || queued_bytes_ > kMaxQueuedBytes) {
    const ScriptItem item = script_->Take();
    return Break(
        Mismatch(fmt::format("{}: the host goes on sending without reading what the phone has sent",
                             Script::Name(item))));
  }
  Incoming& incoming = Append();
  script_->Take(incoming.item);
  Queue(incoming);
  return true;
}

ReplayTransport::Incoming& ReplayTransport::Append() {
  if (!incoming_.empty()) incoming_.back().item.event.bytes.Own();
  if (spare_.empty()) return incoming_.emplace_back();
  incoming_.splice(incoming_.end(), spare_, spare_.begin());
  Incoming& incoming = incoming_.back();
  incoming.given = 0;
  incoming.memory = 0;
  incoming.payload.reset();
  incoming.silence = Duration::zero();
  incoming.due = protocol::TimePoint();
  return incoming;
}

void ReplayTransport::DropFront() {
  spare_.splice(spare_.begin(), incoming_, incoming_.begin());
  spare_.front().item.event.ReleaseLargeMemory();
  // One is used again and again; more come only of a host that does not read.
  if (spare_.size() > 1) spare_.pop_back();
}

// Makes ready what was appended, or takes it back.
void ReplayTransport::Queue(Incoming& incoming) {
  Event& event = incoming.item.event;
  const bool recorded = keeps_time();
  if (recorded) {
    incoming.due = pace_clock_ + std::max(Duration::zero(), event.time - pace_recorded_);
  }
  if (event.kind == EventKind::kFailure) {
    if (!event.bytes.empty()) {
      // What still arrived comes first.
      Incoming arrived;
      arrived.item = incoming.item;
      arrived.item.event.kind = EventKind::kBytes;
      arrived.item.event.length = event.bytes.size();
      arrived.due = incoming.due;
      arrived.memory = event.bytes.size();
      queued_bytes_ += arrived.memory;
      event.bytes.clear();
      incoming_.insert(std::prev(incoming_.end()), std::move(arrived));
    }
    incoming.silence = event.latency;
    // With recorded timing, silence is where the next event's time has it.
    const bool silent = event.failure == Failure::kTimeout && recorded && !exact();
    if (silent || event.failure == Failure::kCancelled) incoming_.pop_back();
    return;
  }
  if (!DropAnswered(event)) {
    incoming_.pop_back();
    return;
  }
  ScriptItem& item = incoming.item;
  // Where the phone may send anything it sends what the recording has.
  event.any = std::vector<ByteRange>();
  incoming.memory = event.bytes.size() + item.pieces.size() * sizeof(PayloadPiece);
  queued_bytes_ += incoming.memory;
  if (!event.cut()) return;
  // Its kept bytes are few.
  incoming.payload =
      std::make_unique<CutPayload>(event, std::move(item.pieces), item.phase, item.phase_position,
                                   options_.settings.contents, &packet_sum_, &checks_);
}

void ReplayTransport::QueueBytes(std::vector<std::uint8_t> bytes) {
  if (bytes.empty()) return;
  Incoming& incoming = Append();
  incoming.item.event = BytesEvent(Direction::kToHost, bytes);
  incoming.due = clock_->Now();
}

// Takes what was answered already out of the recorded answer; false when nothing is left of it.
bool ReplayTransport::DropAnswered(Event& event) {
  if (answered_.empty() || event.kind != EventKind::kBytes) return true;
  const std::size_t count = std::min(answered_.size(), event.bytes.size());
  const bool same = FirstDifference(ByteSpan(event.bytes).first(count), answered_) == count;
  if (!same || event.cut()) {
    Break(Error(ErrorCode::kInvalidInput,
                fmt::format("packet {}: the phone answers a register write in a way that watchdog "
                            "writes cannot be told from",
                            event.packet))
              .WithHint("Replay without 'watchdog-writes' under 'ignore' in the side file."));
    return false;
  }
  event.bytes.erase(event.bytes.begin(), event.bytes.begin() + static_cast<std::ptrdiff_t>(count));
  event.length -= count;
  answered_.erase(answered_.begin(), answered_.begin() + static_cast<std::ptrdiff_t>(count));
  return event.length > 0;
}

Result<std::size_t> ReplayTransport::DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) {
  const bool special = broken_.has_value() || !incoming_.empty() || left_ || target_.has_value() ||
                       !answered_.empty() || keeps_time();
  if (special) return ReadQueued(buffer, timeout);
  // Nearly always the next transfer of the recording is all there is to it.
  const Event* const answer = script_->TakeAnswer(buffer.size());
  if (answer == nullptr) return ReadQueued(buffer, timeout);
  if (packet_sum_.active()) TRY(CheckSum(script_->pieces(), *answer));
  const ByteSpan bytes = answer->bytes;
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  return bytes.size();
}

Result<std::size_t> ReplayTransport::ReadQueued(std::span<std::uint8_t> buffer, Duration timeout) {
  const TimePoint deadline = clock_->Now() + timeout;
  for (;;) {
    if (broken_.has_value()) return *broken_;
    if (!incoming_.empty()) {
      const Event& event = incoming_.front().item.event;
      if (event.kind == EventKind::kBytes) return Give(buffer, deadline);
      if (event.failure != Failure::kTimeout) return TakeFailure();
      TRY_ASSIGN(const bool over, EndSilence(deadline));
      if (over) continue;
      return Error(ErrorCode::kTimeout,
                   fmt::format("{} sent nothing for {} ms, as recorded", options_.moniker,
                               timeout / std::chrono::milliseconds(1)));
    }
    if (left_) return Left();
    TRY_ASSIGN(const bool fetched, FetchIncoming());
    if (!fetched) return NothingToRead(deadline, timeout);
  }
}

Result<std::size_t> ReplayTransport::Give(std::span<std::uint8_t> buffer, TimePoint deadline) {
  Incoming& incoming = incoming_.front();
  const Event& event = incoming.item.event;
  if (keeps_time()) {
    TRY_ASSIGN(const bool due, WaitUntil(incoming.due, deadline));
    if (!due) {
      return Error(ErrorCode::kTimeout,
                   fmt::format("{} has sent nothing yet, as recorded", options_.moniker));
    }
  }
  if (exact() && incoming.given == 0 && buffer.size() < event.length) {
    return Break(Mismatch(fmt::format(
        "{}: the host reads at most {} bytes, where the phone sent {} at once and transfers must "
        "be exact",
        Script::Name(incoming.item), buffer.size(), event.length)));
  }
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), incoming.left()));
  const std::span<std::uint8_t> out = buffer.first(count);
  if (incoming.payload) {
    auto taken = incoming.payload->Take(out);
    if (!taken) return Break(std::move(taken).error());
  } else {
    if (incoming.given == 0 && packet_sum_.active()) TRY(CheckSum(incoming.item.pieces, event));
    std::memcpy(out.data(), &event.bytes[incoming.given], count);
  }
  incoming.given += count;
  if (incoming.left() == 0) {
    queued_bytes_ -= std::min(queued_bytes_, incoming.memory);
    DropFront();
  }
  return count;
}

// Whether content that stood in for what was cut adds up to what the phone sends behind it.
Result<void> ReplayTransport::CheckSum(const std::vector<PayloadPiece>& pieces,
                                       const Event& event) {
  const auto mismatch = packet_sum_.Check(pieces, event.bytes);
  if (!mismatch.has_value()) return Ok();
  Error error(
      ErrorCode::kInvalidInput,
      fmt::format("packet {}: the content that is named for area {}, {} bytes at 0x{:x}, is "
                  "not what was recorded: its bytes add up to 0x{:04x}, and the recorded "
                  "phone said 0x{:04x}",
                  event.packet, FlashAreaName(mismatch->area), mismatch->length, mismatch->address,
                  mismatch->given, mismatch->recorded));
  error.WithHint("Name the image of the recorded phone, and the right offset in it.");
  if (event.offset != 0) error.AtOffset(event.offset);
  return Break(std::move(error));
}

// Lets a recorded silence pass. False when the deadline is not later than its end.
Result<bool> ReplayTransport::EndSilence(TimePoint deadline) {
  Incoming& silent = incoming_.front();
  const TimePoint now = clock_->Now();
  const Duration left = deadline - now;
  // Clocks and drivers round: a silence that was about as long as this one is this one.
  const Duration tolerance = std::max<Duration>(left / 8, std::chrono::milliseconds(5));
  const bool whole = exact() || silent.silence == Duration::zero() ||
                     (silent.silence - left <= tolerance && left - silent.silence <= tolerance);
  const TimePoint end = whole ? deadline : now + silent.silence;
  TRY(WaitUntil(end, deadline));
  if (end > deadline) {
    silent.silence = end - deadline;
    return false;
  }
  DropFront();
  return end < deadline;
}

Error ReplayTransport::TakeFailure() {
  const Event event = std::move(incoming_.front().item.event);
  DropFront();
  if (event.failure == Failure::kDisconnected) left_ = true;
  return {CodeOf(event.failure),
          fmt::format("{} (recorded, packet {})",
                      event.text.empty() ? FailureName(event.failure) : event.text, event.packet)};
}

Result<std::size_t> ReplayTransport::NothingToRead(TimePoint deadline, Duration timeout) {
  std::string waits_for;
  if (target_.has_value()) {
    waits_for = fmt::format("{} of which {} bytes are still to be sent",
                            Script::Name(target_->item()), target_->left());
  } else {
    auto peeked = script_->Peek();
    if (!peeked) return Break(std::move(peeked).error());
    const Event* next = *peeked;
    if (next == nullptr && !watchdog_.active()) return EndOfRecording();
    if (next != nullptr &&
        (next->kind == EventKind::kDetached || next->kind == EventKind::kAttached)) {
      left_ = true;
      return Left();
    }
    waits_for = next == nullptr
                    ? "the host"
                    : fmt::format("packet {}, {}", next->packet, ShowBytes(next->bytes));
  }
  TRY(WaitUntil(deadline, deadline));
  return Error(ErrorCode::kTimeout,
               fmt::format("{} sent nothing for {} ms: it waits for {}", options_.moniker,
                           timeout / std::chrono::milliseconds(1), waits_for));
}

}  // namespace mtkrig::traces
