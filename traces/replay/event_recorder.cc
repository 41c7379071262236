#include "traces/replay/event_recorder.h"

#include <algorithm>
#include <utility>

namespace mtkrig::traces {
namespace {

// What a digest takes in a file: leaving out less saves nothing, and loses what short transfers
// say, such as the checksum of a packet.
constexpr std::size_t kNeverCut = 64;

}  // namespace

EventRecorder::EventRecorder(TraceWriter& writer, const RecorderOptions& options)
    : writer_(writer),
      options_(options),
      digest_(options.digest == DigestKind::kSampled ? DigestKind::kXxh3 : options.digest),
      sampled_digest_(DigestKind::kSampled) {}

void EventRecorder::Transfer(Direction direction, ByteSpan data, Duration time, Duration latency) {
  const std::scoped_lock lock(mutex_);
  if (error_.has_value()) return;
  Begin(EventKind::kBytes, time);
  event_.direction = direction;
  event_.latency = latency;
  const std::size_t checksum = CountRun(data);
  const ByteSpan front = data.first(data.size() - checksum);
  // What is kept of a transfer stands at its start, so the checksum behind a packet needs one of
  // its own: it tells contents apart that are not there.
  const bool cut = Cuts(front);
  const bool apart = checksum > 0 && cut;
  Keep(apart ? front : data, cut);
  Write();
  if (!apart || error_.has_value()) return;
  Begin(EventKind::kBytes, time);
  event_.direction = direction;
  Keep(data.last(checksum), false);
  Write();
}

void EventRecorder::Failed(Direction direction, Failure failure, ByteSpan data,
                           std::string_view text, Duration time, Duration latency) {
  const std::scoped_lock lock(mutex_);
  if (error_.has_value()) return;
  Begin(EventKind::kFailure, time);
  event_.direction = direction;
  event_.failure = failure;
  event_.latency = latency;
  event_.text = text;
  CountRun(data);
  Keep(data, Cuts(data));
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

// Whether something of these bytes of the transfer is left out.
bool EventRecorder::Cuts(ByteSpan data) const {
  const bool to_phone = event_.direction == Direction::kToPhone;
  const auto snap = to_phone ? options_.snap_sent : options_.snap;
  const bool large = data.size() > kNeverCut && run_bytes_ > options_.keep_whole;
  return snap.has_value() && !keep_all_ && large && data.size() > *snap;
}

void EventRecorder::Keep(ByteSpan data, bool cut) {
  const bool to_phone = event_.direction == Direction::kToPhone;
  (to_phone ? statistics_.bytes_to_phone : statistics_.bytes_to_host) += data.size();
  ByteSpan kept = data;
  if (cut) {
    kept = data.first((to_phone ? options_.snap_sent : options_.snap).value_or(0));
    const bool sample = options_.digest == DigestKind::kSampled && data.size() > kDigestBlock;
    PayloadDigest& digest = sample ? sampled_digest_ : digest_;
    digest.Reset();
    digest.Update(data);
    if (auto put = digest.PutText(event_.digest); !put) return Stop(std::move(put).error());
  }
  statistics_.bytes_cut += data.size() - kept.size();
  event_.bytes.assign(kept.begin(), kept.end());
  event_.length = data.size();
}

// How much went in this direction without a word from the other side. Returns how many bytes at the
// end are of the checksum of a packet of flash content.
std::size_t EventRecorder::CountRun(ByteSpan data) {
  // More than the tracker looks at.
  constexpr std::size_t kHead = 64;
  const ByteSpan head = data.first(std::min(kHead, data.size()));
  event_.bytes.assign(head.begin(), head.end());
  event_.length = data.size();
  const std::vector<PayloadPiece>& pieces = tracker_.Pass(event_);
  const bool ack = event_.direction == Direction::kToPhone && tracker_.reading();
  if (!ack) {
    if (run_direction_ != event_.direction) run_bytes_ = 0;
    run_direction_ = event_.direction;
    run_bytes_ += data.size();
  }
  const bool ends = !pieces.empty() && pieces.back().kind == PayloadPiece::Kind::kChecksum;
  return ends ? static_cast<std::size_t>(pieces.back().length) : 0;
}

void EventRecorder::Write() {
  if (error_.has_value()) return;
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
