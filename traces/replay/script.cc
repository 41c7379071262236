#include "traces/replay/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "protocol/wire/brom.h"
#include "traces/replay/handshake_splitter.h"

namespace mtkrig::traces {
namespace {

namespace brom = protocol::brom;

// A read that was given up, by its deadline or because nobody wanted it any more, says nothing of
// the phone; libusb cancels a transfer whose time is over.
bool IsGivenUp(const Event& event) {
  return event.kind == EventKind::kFailure && event.failure == Failure::kCancelled;
}

// Each event that waits has the name of its phase with it, and a file may give it a mebibyte.
constexpr std::size_t kMaxPhase = 1024;

constexpr std::size_t kMaxGapText = 1024;

constexpr std::uint8_t Byte(brom::Command command) {
  return static_cast<std::uint8_t>(command);
}

bool IsJump(std::uint8_t sent) {
  return sent == Byte(brom::Command::kJumpDa) || sent == Byte(brom::Command::kJumpDa64);
}

// Whether the answer to this byte may begin or end a session with boot ROM or preloader.
bool LeadsElsewhere(std::uint8_t sent) {
  return sent == brom::kHandshake.back() || IsJump(sent);
}

}  // namespace

Script::Script(std::unique_ptr<TraceReader> reader, const ReplaySettings& settings,
               WatchdogFilter::Mode watchdog_mode)
    : loosenings_(settings.loosenings), matches_(settings), reader_(std::move(reader)) {
  // A replayed host goes on sending what was recorded as one.
  const bool of_host = watchdog_mode == WatchdogFilter::Mode::kAnyStatus;
  if (!of_host && !loosenings_.exact) {
    reader_ = std::make_unique<HandshakeSplitter>(std::move(reader_), loosenings_.random);
  }
  if (loosenings_.watchdog_writes) {
    auto filter = std::make_unique<WatchdogFilter>(std::move(reader_), watchdog_mode);
    watchdog_ = filter.get();
    reader_ = std::move(filter);
  }
  // A host that begins without a handshake is answered by no phone, so a replayed one makes it good
  // by itself.
  using Where = HandshakeFilter::Where;
  const bool named = loosenings_.gaps || loosenings_.missing_handshake;
  if (!named && !of_host) return;
  const Where where = loosenings_.missing_handshake ? Where::kGapsAndBeginning : Where::kGaps;
  auto filter =
      std::make_unique<HandshakeFilter>(std::move(reader_), named ? where : Where::kFirstGap);
  handshake_ = filter.get();
  reader_ = std::move(filter);
}

bool Script::Fetch() {
  while (!has_next_ && !ended_) {
    const Result<bool> more = reader_->NextInto(next_);
    if (!more.has_value()) failed_ = more.error();
    ended_ = !more.has_value() || !*more;
    if (ended_) break;
    next_supplied_ = handshake_ != nullptr && handshake_->supplied();
    if (!next_supplied_) ++number_;
    if (next_.packet == 0) next_.packet = number_ + (next_supplied_ ? 1 : 0);
    next_position_ = heard_;
    const std::uint64_t length = std::max<std::uint64_t>(next_.length, next_.bytes.size());
    const bool transfer = next_.kind == EventKind::kBytes || next_.kind == EventKind::kFailure;
    if (transfer && !next_supplied_ && next_.direction == Direction::kToHost) heard_ += length;
    if (next_.kind == EventKind::kBytes) {
      next_.length = length;
      has_next_ = length > 0;
    } else {
      has_next_ = Matters();
    }
  }
  return has_next_;
}

bool Script::Matters() {
  const Result<bool> passed = PassOver(next_);
  if (passed.has_value()) return !*passed;
  failed_ = passed.error();
  ended_ = true;
  return false;
}

// Whether the event is none that a replay deals with.
Result<bool> Script::PassOver(Event& event) {
  switch (event.kind) {
    case EventKind::kPhase:
      phase_ = event.text.substr(0, kMaxPhase);
      cut_to_phone_ = 0;
      cut_to_host_ = 0;
      tracker_.Pass(event);
      return true;
    case EventKind::kComment:
    case EventKind::kControl:
    case EventKind::kOther:
      return true;
    case EventKind::kGap: {
      tracker_.Pass(event);
      if (loosenings_.gaps) {
        last_gap_ = ScriptGap{event.packet, event.offset, event.text.substr(0, kMaxGapText), 0};
        return true;
      }
      Error error(ErrorCode::kInvalidInput,
                  fmt::format("packet {}: the recording has a gap here, {}: {}", event.packet,
                              HowFar(), event.text));
      error.WithHint(
          IsMissingHandshake(event)
              ? "A handshake is the same everywhere. To have it supplied, name 'missing-handshake' "
                "under 'ignore' in the side file."
              : "What follows cannot be replayed for certain. To step over it, name 'gaps' under "
                "'ignore' in the side file.");
      if (event.offset != 0) error.AtOffset(event.offset);
      return error;
    }
    case EventKind::kFailure:
      return IsGivenUp(event) && event.bytes.empty();
    case EventKind::kBytes:
    case EventKind::kAttached:
    case EventKind::kDetached:
      return false;
  }
  return true;
}

Result<std::optional<ScriptGap>> Script::FindGap() {
  has_next_ = false;
  std::uint64_t transfers = 0;
  while (!ended_) {
    TRY_ASSIGN(const bool more, reader_->NextInto(next_));
    ended_ = !more;
    if (ended_) break;
    ++number_;
    if (next_.kind == EventKind::kGap) {
      return ScriptGap{next_.packet == 0 ? number_ : next_.packet, next_.offset,
                       next_.text.substr(0, kMaxGapText), transfers};
    }
    if (next_.kind == EventKind::kBytes || next_.kind == EventKind::kFailure) ++transfers;
  }
  return std::optional<ScriptGap>();
}

ScriptItem Script::Take() {
  ScriptItem item;
  Take(item);
  return item;
}

void Script::Take(ScriptItem& item) {
  item.pieces.clear();
  item.phase_position = 0;
  item.stream_position = next_position_;
  item.phase = phase_;
  item.supplied = next_supplied_;
  item.event.Clear();
  if (!has_next_) return;
  swap(item.event, next_);
  has_next_ = false;
  const Event& event = item.event;
  Count(event);
  if (event.kind != EventKind::kBytes) return;
  item.pieces = *pieces_;
  if (!event.cut()) return;
  std::uint64_t& position = event.direction == Direction::kToPhone ? cut_to_phone_ : cut_to_host_;
  item.phase_position = position;
  matches_.PassCut(event, item.pieces, item.phase, position);
  position += event.length;
}

// Keeps in mind what an event that is taken means for later ones.
void Script::Count(const Event& event) {
  const bool of_no_interest = event.kind == EventKind::kBytes &&
                              event.direction == Direction::kToHost && tracker_.PassUnseen();
  pieces_ = of_no_interest ? &no_pieces_ : &tracker_.Pass(event);
  if (progress_.events == 0) progress_.first_time = event.time;
  ++progress_.events;
  progress_.time = event.time;
  if (event.kind != EventKind::kBytes) return;
  host_was_last_ = event.direction == Direction::kToPhone;
  (host_was_last_ ? progress_.bytes_to_phone : progress_.bytes_to_host) += event.length;
  if (host_was_last_ || last_of_host_.has_value()) FollowBootRom(event);
  if (host_was_last_) RememberSent(event);
  if (!next_supplied_) matches_.Pass(event);
}

// Of bytes to the phone.
void Script::RememberSent(const Event& event) {
  if (event.bytes.size() == 1 && event.length == 1) last_command_ = event.bytes.front();
  last_sent_.Add(event.bytes);
}

// By what was sent, and the answer to it.
void Script::FollowBootRom(const Event& event) {
  if (event.direction == Direction::kToPhone) {
    last_of_host_.reset();
    if (event.bytes.empty() || !LeadsElsewhere(event.bytes.back())) return;
    const bool handshake = std::ranges::equal(event.bytes, brom::kHandshake);
    const bool single = event.bytes.size() == 1 && event.length == 1;
    if (single || handshake) last_of_host_ = event.bytes.back();
    return;
  }
  if (last_of_host_.has_value() && !event.bytes.empty()) {
    const std::uint8_t sent = *last_of_host_;
    const std::uint8_t answer = event.bytes.back();
    if (sent == brom::kHandshake.back() && answer == static_cast<std::uint8_t>(~sent)) {
      in_boot_rom_ = true;
    }
    if (IsJump(sent) && event.bytes[0] == sent) in_boot_rom_ = false;
    // READY, or answers to the first of a handshake that was sent at once, may stand in front.
    if (!in_boot_rom_ && sent == brom::kHandshake.back()) return;
  }
  last_of_host_.reset();
}

std::string Script::Name(const ScriptItem& item) {
  if (item.supplied) {
    return fmt::format("the handshake that the recording lacks in front of packet {}",
                       item.event.packet);
  }
  if (item.phase.empty()) return fmt::format("packet {}", item.event.packet);
  return fmt::format("packet {} (phase \"{}\")", item.event.packet, item.phase);
}

std::string Script::HowFar() const {
  const std::chrono::duration<double> since = progress_.time - progress_.first_time;
  return fmt::format(
      "after 0x{:x} bytes to the phone and 0x{:x} from it, {:.3f} s into the "
      "recording",
      progress_.bytes_to_phone, progress_.bytes_to_host, since.count());
}

}  // namespace mtkrig::traces
