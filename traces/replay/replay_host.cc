#include "traces/replay/replay_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "protocol/wire/brom.h"
#include "traces/replay/byte_difference.h"
#include "traces/replay/replay_failure.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20;
// How long to listen for more than was recorded.
constexpr std::uint64_t kEnough = std::uint64_t{64} << 20;
constexpr Duration kQuiet = std::chrono::milliseconds(100);
// For the first answer to a handshake, in turns: a preloader that was woken listens for 300 ms
// only, and a slow line needs its time.
constexpr Duration kImpatient = std::chrono::milliseconds(100);
constexpr Duration kPatient = std::chrono::milliseconds(500);

// How far behind what it did the mark of a loss may stand: a host has few transfers under way.
constexpr std::uint64_t kBesideGap = 16;

bool IsOfTheLine(ErrorCode code) {
  return code == ErrorCode::kTimeout || code == ErrorCode::kDisconnected ||
         code == ErrorCode::kTransport;
}

std::string ShowId(const protocol::UsbId& id) {
  return fmt::format("{:04x}:{:04x}", id.vendor, id.product);
}

}  // namespace

ReplayHost::ReplayHost(std::unique_ptr<TraceReader> reader, protocol::Transport& device,
                       ReplayHostOptions options)
    : options_(std::move(options)),
      device_(device),
      script_(std::move(reader), options_.settings, WatchdogFilter::Mode::kAnyStatus),
      buffer_(kBuffer) {}

Result<ReplayHostReport> ReplayHost::Run() {
  const protocol::TimePoint begun = device_.clock().Now();
  while (!report_.difference.has_value()) {
    TRY_ASSIGN(const Event* next, script_.Peek());
    if (next == nullptr) break;
    TRY(Play(script_.Take()));
  }
  if (report_.difference.has_value()) {
    TRY(LookForGap());
  } else {
    CountWhatIsLeft();
    report_.slips = script_.slips();
  }
  report_.duration = device_.clock().Now() - begun;
  return report_;
}

Result<void> ReplayHost::LookForGap() {
  AnswerDifference& difference = *report_.difference;
  const auto tell = [&](const ScriptGap& gap) {
    difference.gap = fmt::format("packet {}: {}", gap.packet, gap.text);
  };
  TRY_ASSIGN(const std::optional<ScriptGap> next, script_.FindGap());
  const bool ignored = options_.settings.loosenings.gaps;
  const bool beside = next.has_value() && next->transfers_before <= kBesideGap;
  if (beside && !ignored) {
    Error error(ErrorCode::kInvalidInput,
                fmt::format("the recording has a gap beside packet {}, noticed at packet {} ({}): "
                            "that the phone differs there is no news of it: {}",
                            difference.packet, next->packet, next->text, difference.message));
    error.WithHint(
        "What the recording lost cannot be replayed. To replay all the same, name 'gaps' under "
        "'ignore' in the side file.");
    if (next->offset != 0) error.AtOffset(next->offset);
    return error;
  }
  if (!beside && script_.last_gap().has_value()) {
    tell(*script_.last_gap());
  } else if (next.has_value()) {
    tell(*next);
  }
  return Ok();
}

Result<void> ReplayHost::Play(ScriptItem item) {
  const bool to_phone = item.event.direction == Direction::kToPhone;
  switch (item.event.kind) {
    case EventKind::kBytes:
      if (item.supplied) {
        const bool first =
            to_phone && item.event.bytes.front() == protocol::brom::kHandshake.front();
        report_.handshakes_supplied += first ? 1 : 0;
      } else {
        ++report_.transfers;
      }
      if (to_phone) return Send(std::move(item));
      return Receive(std::move(item));
    case EventKind::kFailure:
      return ExpectFailure(item);
    case EventKind::kAttached:
      return Attach(item);
    default:
      return Ok();  // A detachment counts by what follows it.
  }
}

void ReplayHost::Differ(const ScriptItem& item, std::uint64_t at, const std::string& what) {
  report_.difference = AnswerDifference{
      .packet = item.event.packet,
      .at = at,
      .phase = item.phase,
      .message = fmt::format("{}: {}, {}", Script::Name(item), what, script_.HowFar())};
}

// Adds what may be done about the difference that was just found, if it is one.
void ReplayHost::Hint(ReplayDifference difference, const ScriptItem& item, bool shaken_hands) {
  if (!report_.difference.has_value()) return;
  difference.shaken_hands = shaken_hands;
  difference.packet = item.event.packet;
  difference.packet_length = item.event.length;
  difference.request = script_.last_sent();
  difference.command = script_.last_command();
  difference.in_boot_rom = script_.in_boot_rom();
  difference.flash = std::ranges::any_of(item.pieces, [](const PayloadPiece& piece) {
    return piece.kind != PayloadPiece::Kind::kOther;
  });
  report_.difference->loosening = HintFor(difference, options_.settings.loosenings);
}

Result<void> ReplayHost::DifferOrFail(const ScriptItem& item, std::uint64_t at, Error error,
                                      const std::string& doing) {
  if (!IsOfTheLine(error.code())) return std::move(error.During("replaying the host"));
  Differ(item, at, fmt::format("{}: {}", doing, error.Describe()));
  return Ok();
}

Result<void> ReplayHost::SendBytes(const ScriptItem& item, ByteSpan bytes) {
  auto written = device_.Write(bytes, options_.write_timeout);
  if (!written) {
    return DifferOrFail(item, 0, std::move(written).error(),
                        fmt::format("the phone does not take {}", ShowBytes(bytes)));
  }
  report_.bytes_sent += bytes.size();
  return Ok();
}

Result<void> ReplayHost::Send(ScriptItem item) {
  if (item.event.cut()) return SendCut(item);
  return SendBytes(item, item.event.bytes);
}

// Goes through the content twice: nothing is sent before all of it is known to be right.
Result<void> ReplayHost::SendCut(const ScriptItem& item) {
  if (item.event.length > kMaxEventBytes) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{}: a write of {} bytes is more than any host makes",
                             Script::Name(item), item.event.length))
        .WithHint("The trace may be damaged.");
  }
  for (const bool send : {false, true}) {
    CutPayload payload(item.event, item.pieces, item.phase, item.phase_position,
                       options_.settings.contents, nullptr, send ? &report_.checks : nullptr);
    while (payload.left() > 0 && !report_.difference.has_value()) {
      const std::span<std::uint8_t> bytes = std::span(buffer_).first(
          static_cast<std::size_t>(std::min<std::uint64_t>(kBuffer, payload.left())));
      TRY(payload.Take(bytes));
      if (send) TRY(SendBytes(item, bytes));
    }
  }
  return Ok();
}

bool ReplayHost::ready_may_differ() const {
  return options_.settings.loosenings.ready && !shaken_hands_;
}

// Takes what a waiting preloader says out of bytes before the handshake, whose answers are other
// bytes than these letters. How many are left.
std::size_t ReplayHost::DropReady(std::span<std::uint8_t> bytes) {
  // Not std::ranges::remove_if: clang 14 does not understand libstdc++'s subranges.
  const auto end = std::remove_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) {
    return std::ranges::find(protocol::brom::kReady, byte) != protocol::brom::kReady.end();
  });
  return static_cast<std::size_t>(end - bytes.begin());
}

// What a redaction left out may be anything. How much of it the recording has.
std::uint64_t ReplayHost::MarkBlanked(ScriptItem& item) const {
  std::uint64_t kept = 0;
  const std::vector<ByteRange>& blanked = options_.settings.loosenings.blanked;
  const std::uint64_t begin = item.stream_position;
  const std::uint64_t end = begin + item.event.length;
  // The first that ends behind the transfer's start. They are in order.
  auto one = std::partition_point(blanked.begin(), blanked.end(), [&](const ByteRange& range) {
    return range.offset + range.length <= begin;
  });
  for (; one != blanked.end() && one->offset < end; ++one) {
    const std::uint64_t from = std::max(one->offset, begin);
    const std::uint64_t until = std::min(one->offset + one->length, end);
    item.event.any.push_back({from - begin, until - from});
    const std::uint64_t kept_end = begin + item.event.bytes.size();
    kept += std::min(until, std::max(kept_end, from)) - from;
  }
  return kept;
}

Result<std::size_t> ReplayHost::ReadAnswer(std::span<std::uint8_t> room, const ScriptItem& item) {
  if (!item.supplied) return device_.ReadSome(room, options_.reply_timeout);
  const auto first = static_cast<std::uint8_t>(~protocol::brom::kHandshake.front());
  return ReadSupplied(room, item.event.bytes.front() == first);
}

// An answer to a supplied handshake, without READY in front of it. A preloader may take the first
// byte for a mere sign of life, and listens for the handshake then, so that one is said again.
Result<std::size_t> ReplayHost::ReadSupplied(std::span<std::uint8_t> room, bool first) {
  const protocol::TimePoint deadline = device_.clock().Now() + options_.reply_timeout;
  for (int attempt = 0;; ++attempt) {
    const Duration patience = attempt % 2 == 0 ? kImpatient : kPatient;
    const protocol::TimePoint until =
        first ? std::min(deadline, device_.clock().Now() + patience) : deadline;
    for (;;) {
      const Duration left = until - device_.clock().Now();
      if (left <= Duration::zero()) break;
      auto count = device_.ReadSome(room, left);
      if (!count && count.error().code() == ErrorCode::kTimeout) break;
      if (!count) return count;
      const std::size_t answered = DropReady(room.first(*count));
      if (answered > 0) return answered;
    }
    if (device_.clock().Now() >= deadline) break;
    TRY(device_.Write(ByteSpan(protocol::brom::kHandshake).first(1), options_.write_timeout));
  }
  return Error(ErrorCode::kTimeout, "the phone does not answer the handshake");
}

Result<void> ReplayHost::Receive(ScriptItem item) {
  const bool shaken_hands = shaken_hands_;
  const bool supplied = item.supplied;
  const bool loose =
      (supplied || ready_may_differ()) && item.event.any.empty() && !item.event.cut();
  shaken_hands_ = shaken_hands_ || script_.in_boot_rom();
  if (loose) {
    std::vector<std::uint8_t>& bytes = item.event.bytes.Own();
    bytes.resize(DropReady(bytes));
    item.event.length = item.event.bytes.size();
  }
  const std::uint64_t blanked = loose ? 0 : MarkBlanked(item);
  RecordedTransfer expected(std::move(item), options_.settings.loosenings);
  const Event& event = expected.item().event;
  while (expected.left() > 0) {
    const std::uint64_t at = event.length - expected.left();
    const std::span<std::uint8_t> room = std::span(buffer_).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(kBuffer, expected.left())));
    auto count = ReadAnswer(room, expected.item());
    if (!count) {
      const ByteSpan kept = event.bytes;
      const ByteSpan missing =
          at < kept.size() ? kept.subspan(static_cast<std::size_t>(at)) : ByteSpan();
      TRY(DifferOrFail(
          expected.item(), at, std::move(count).error(),
          fmt::format("at byte {} of {}: expected {}, received nothing", at, event.length,
                      missing.empty() ? "the rest of the answer" : ShowBytes(missing))));
      Hint({.at = at, .expected = missing}, expected.item(), shaken_hands);
      return Ok();
    }
    const std::size_t received = loose ? DropReady(room.first(*count)) : *count;
    TRY_ASSIGN(const auto matched, expected.Match(room.first(received)));
    if (matched.difference.has_value()) {
      Differ(expected.item(), matched.difference->at,
             fmt::format("the phone answers something else at byte {} of {}: {}",
                         matched.difference->at, event.length, matched.difference->text));
      Hint({.at = matched.difference->at,
            .length = matched.difference->length,
            .expected = matched.difference->expected,
            .received = matched.difference->received},
           expected.item(), shaken_hands);
      return Ok();
    }
    if (!supplied) report_.bytes_compared += matched.count;
  }
  expected.CountChecks(report_.checks);
  const std::uint64_t unseen = expected.unseen() + blanked;
  report_.bytes_unseen += unseen;
  report_.bytes_compared -= std::min(report_.bytes_compared, unseen);
  return Ok();
}

Result<void> ReplayHost::ExpectFailure(const ScriptItem& item) {
  const Event& event = item.event;
  const bool passes = event.direction == Direction::kToPhone ||
                      event.failure == Failure::kTimeout || event.failure == Failure::kCancelled;
  if (!event.bytes.empty() && event.direction == Direction::kToHost) {
    ScriptItem arrived = item;
    arrived.event.kind = EventKind::kBytes;
    arrived.event.length = event.bytes.size();
    TRY(Receive(std::move(arrived)));
    if (report_.difference.has_value()) return Ok();
  }
  if (passes) {
    ++report_.failures_passed_over;
    return Ok();
  }
  auto count = device_.ReadSome(buffer_, options_.reply_timeout);
  const std::string expected =
      fmt::format("expected the line to fail ({})", FailureName(event.failure));
  if (count) {
    Differ(item, 0,
           fmt::format("{}, received {}", expected, ShowBytes(ByteSpan(buffer_).first(*count))));
    return Ok();
  }
  if (count.error().code() == CodeOf(event.failure)) return Ok();
  return DifferOrFail(item, 0, std::move(count).error(), expected);
}

Result<void> ReplayHost::Attach(const ScriptItem& item) {
  shaken_hands_ = false;
  if (attached_ || script_.progress().events > 1) {
    auto followed = device_.Reconnect(options_.reconnect_timeout);
    if (!followed) {
      return DifferOrFail(item, 0, std::move(followed).error(),
                          "expected the phone to enumerate again");
    }
    ++report_.reconnections;
  }
  attached_ = true;
  const auto found = device_.info().usb_id;
  const auto& recorded = item.event.usb_id;
  if (recorded.has_value() && found.has_value() && *recorded != *found) {
    Differ(item, 0,
           fmt::format("the phone enumerates as {}, recorded is {}", ShowId(*found),
                       ShowId(*recorded)));
  }
  return Ok();
}

void ReplayHost::CountWhatIsLeft() {
  // A preloader says READY for ever.
  const protocol::TimePoint deadline = device_.clock().Now() + std::chrono::seconds(1);
  while (device_.clock().Now() < deadline && report_.bytes_left < kEnough) {
    const auto count = device_.ReadSome(buffer_, kQuiet);
    if (!count) return;
    report_.bytes_left += *count;
  }
}

}  // namespace mtkrig::traces
