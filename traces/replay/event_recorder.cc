#include "traces/replay/event_recorder.h"

#include <algorithm>
#include <utility>

namespace mtkrig::traces {
namespace {

// The size of USB packets at full speed, of which those at high speed are multiples: a transfer
// that ends within one is the last of what the phone had to say.
constexpr std::uint64_t kUsbPacket = 64;
// The largest transfer that tools are known to ask for.
constexpr std::uint64_t kMaxJoined = std::uint64_t{16} << 20;

// Whether the next transfer may belong to what has so many bytes.
bool MayGoOn(bool flash, std::uint64_t length) {
  return flash || (length >= kUsbPacket && length % kUsbPacket == 0);
}

}  // namespace

EventRecorder::EventRecorder(TraceWriter& writer, const RecorderOptions& options)
    : writer_(writer),
      options_(options),
      digest_(options.digest == DigestKind::kSampled ? DigestKind::kXxh3 : options.digest),
      sampled_digest_(DigestKind::kSampled) {}

void EventRecorder::Transfer(Direction direction, ByteSpan data, Duration time, Duration latency) {
  const std::scoped_lock lock(mutex_);
  if (error_.has_value()) return;
  const Seen seen = Look(EventKind::kBytes, direction, data);
  if (!seen.large || seen.checksum_from == 0) return Put(direction, data, time, latency, seen);
  Put(direction, data.first(seen.checksum_from), time, latency, {.large = true, .flash = true});
  Put(direction, data.subspan(seen.checksum_from), time, Duration::zero(), {});
}

void EventRecorder::Put(Direction direction, ByteSpan data, Duration time, Duration latency,
                        const Seen& seen) {
  const bool to_host = direction == Direction::kToHost;
  if (seen.large && held_ && to_host && Join(data, time, seen)) return;
  Begin(EventKind::kBytes, time);
  event_.direction = direction;
  event_.latency = latency;
  Keep(data, seen.large);
  held_ = seen.large && to_host && MayGoOn(seen.flash, event_.length);
  if (!held_) Write();
}

void EventRecorder::Failed(Direction direction, Failure failure, ByteSpan data,
                           std::string_view text, Duration time, Duration latency) {
  const std::scoped_lock lock(mutex_);
  if (error_.has_value()) return;
  const Seen seen = Look(EventKind::kFailure, direction, data);
  Begin(EventKind::kFailure, time);
  event_.direction = direction;
  event_.failure = failure;
  event_.latency = latency;
  event_.text = text;
  Keep(data, seen.large);
  Write();
}

void EventRecorder::Attached(std::optional<protocol::UsbId> usb_id, Duration time) {
  const std::scoped_lock lock(mutex_);
  if (error_.has_value()) return;
  Begin(EventKind::kAttached, time);
  event_.usb_id = usb_id;
  Write();
}

void EventRecorder::Detached(Duration time) {
  Note(EventKind::kDetached, {}, time);
}

void EventRecorder::Phase(std::string_view name, Duration time) {
  Note(EventKind::kPhase, name, time);
}

void EventRecorder::Comment(std::string_view text, Duration time) {
  Note(EventKind::kComment, text, time);
}

void EventRecorder::KeepAll(bool keep) {
  const std::scoped_lock lock(mutex_);
  keep_all_ = keep;
}

void EventRecorder::Note(EventKind kind, std::string_view text, Duration time) {
  const std::scoped_lock lock(mutex_);
  if (error_.has_value()) return;
  Begin(kind, time);
  event_.text = text;
  Write();
}

void EventRecorder::Begin(EventKind kind, Duration time) {
  WriteHeld();
  last_time_ = std::max(last_time_, options_.start + time);
  event_.kind = kind;
  event_.direction = Direction::kToPhone;
  event_.failure = Failure::kLine;
  event_.time = last_time_;
  event_.latency = Duration::zero();
  event_.bytes.clear();
  event_.length = 0;
  event_.digest.clear();
  event_.usb_id.reset();
  event_.text.clear();
}

EventRecorder::Seen EventRecorder::Look(EventKind kind, Direction direction, ByteSpan data) {
  using Kind = PayloadPiece::Kind;
  // More than the tracker looks at.
  constexpr std::size_t kHead = 64;
  head_.kind = kind;
  head_.direction = direction;
  head_.bytes.Refer(data.first(std::min(kHead, data.size())));
  head_.length = data.size();
  const std::vector<PayloadPiece>& pieces = tracker_.Pass(head_);
  Seen seen;
  seen.flash = pieces.size() == 1 && pieces[0].kind == Kind::kFlash;
  if (pieces.size() == 2 && pieces[0].kind == Kind::kFlash && pieces[1].kind == Kind::kChecksum) {
    seen.checksum_from = static_cast<std::size_t>(pieces[0].length);
  }
  // How much went in this direction without a word from the other side. The ack of a packet is
  // none.
  if (direction == Direction::kToHost || !tracker_.reading()) {
    if (run_direction_ != direction) run_bytes_ = 0;
    run_direction_ = direction;
    run_bytes_ += data.size();
  }
  const bool to_phone = direction == Direction::kToPhone;
  (to_phone ? statistics_.bytes_to_phone : statistics_.bytes_to_host) += data.size();
  const bool snap = to_phone ? options_.snap_sent.has_value() : options_.snap.has_value();
  // What a digest takes in a file would not be saved by cutting less.
  const bool packet = seen.flash || seen.checksum_from > 0;
  const bool long_enough = packet || data.size() >= kUsbPacket;
  seen.large = snap && !keep_all_ && long_enough && run_bytes_ > options_.keep_whole;
  return seen;
}

void EventRecorder::Keep(ByteSpan data, bool large) {
  const auto snap = event_.direction == Direction::kToPhone ? options_.snap_sent : options_.snap;
  const ByteSpan kept = large ? data.first(std::min(*snap, data.size())) : data;
  if (large) {
    const bool sample = options_.digest == DigestKind::kSampled && data.size() > kShortForSample;
    digest_of_event_ = sample ? &sampled_digest_ : &digest_;
    digest_of_event_->Reset();
    digest_of_event_->Update(data);
  }
  statistics_.bytes_cut += data.size() - kept.size();
  event_.bytes.assign(kept.begin(), kept.end());
  event_.length = data.size();
}

// Adds the transfer to the event that is held, if the two may be one.
bool EventRecorder::Join(ByteSpan data, Duration time, const Seen& seen) {
  if ((!seen.flash && data.size() < kUsbPacket) || event_.length + data.size() > kMaxJoined)
    return false;
  const Duration begun = event_.time - event_.latency;
  last_time_ = std::max(last_time_, options_.start + time);
  event_.time = last_time_;
  event_.latency = last_time_ - begun;
  const std::size_t room = *options_.snap - std::min(*options_.snap, event_.bytes.size());
  const ByteSpan kept = data.first(std::min(room, data.size()));
  event_.bytes.insert(event_.bytes.end(), kept.begin(), kept.end());
  event_.length += data.size();
  digest_of_event_->Update(data);
  statistics_.bytes_cut += data.size() - kept.size();
  if (!MayGoOn(seen.flash, event_.length)) WriteHeld();
  return true;
}

void EventRecorder::WriteHeld() {
  if (held_) Write();
}

void EventRecorder::Write() {
  held_ = false;
  if (error_.has_value()) return;
  if (event_.cut()) {
    if (auto put = digest_of_event_->PutText(event_.digest); !put) {
      return Stop(std::move(put).error());
    }
  }
  auto added = writer_.Add(event_);
  if (!added) return Stop(std::move(added).error());
  ++statistics_.events;
}

void EventRecorder::Stop(Error error) {
  if (error_.has_value()) return;
  error_ = std::move(error.During("recording"));
}

Result<void> EventRecorder::Finish() {
  const std::scoped_lock lock(mutex_);
  if (!error_.has_value()) WriteHeld();
  if (!error_.has_value()) {
    auto flushed = writer_.Flush();
    if (!flushed) Stop(std::move(flushed).error());
  }
  if (error_.has_value()) return *error_;
  return Ok();
}

std::optional<Error> EventRecorder::error() const {
  const std::scoped_lock lock(mutex_);
  return error_;
}

RecorderStatistics EventRecorder::statistics() const {
  const std::scoped_lock lock(mutex_);
  return statistics_;
}

}  // namespace mtkrig::traces
