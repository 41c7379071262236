// Pass 3 of a redaction: the recording, written anew.

#include <algorithm>
#include <array>
#include <utility>

#include "traces/redact/leading_sums.h"
#include "traces/redact/redact_plan.h"
#include "traces/redact/stream_sums.h"
#include "traces/replay/byte_difference.h"
#include "traces/replay/cut_payload.h"
#include "traces/replay/read_tracker.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kChunk = std::size_t{64} << 10;

// Whether what a control transfer read or wrote is of a known form that has no place for anything
// else: descriptors of devices and configurations (USB 2.0, section 9.6), and the settings of a
// serial line (CDC PSTN 1.2, section 6.3).
bool IsOfKnownForm(const Event& control) {
  constexpr std::uint8_t kGetDescriptor = 6;
  constexpr std::size_t kLineCoding = 7;
  constexpr std::size_t kMostLanguages = 16;
  if (control.setup.size() != 8) return false;
  const std::uint8_t type = control.setup[3];
  const std::size_t size = control.bytes.size();
  if (control.setup[0] == 0x80 && control.setup[1] == kGetDescriptor) {
    constexpr std::array<std::array<std::size_t, 2>, 4> kMost = {
        {{1, 18}, {2, 1024}, {6, 10}, {7, 1024}}};
    const bool languages = type == 3 && control.setup[2] == 0 && size <= kMostLanguages;
    return languages || std::any_of(kMost.begin(), kMost.end(), [&](const auto& most) {
             return type == most[0] && size <= most[1];
           });
  }
  const bool of_class = (control.setup[0] & 0x7f) == 0x21;
  return of_class && (control.setup[1] & 0xfe) == 0x20 && size <= kLineCoding;
}

class Rewriter {
 public:
  Rewriter(RedactPlan& plan, TraceWriter& writer, RedactReport& report);

  Result<void> Take(RoledEvent roled);

 private:
  struct Changed {
    bool bytes = false;         // something of it is another byte now
    bool blank_unseen = false;  // of what the recording does not have, something is zeros now
    bool kept_unseen = false;   // and something stays
    bool agent_unseen = false;  // an agent, namely
  };
  Result<void> TakeStream(RoledEvent roled);
  void TakeStretch(RoledEvent& roled, const RoledBytes& stretch, Changed& changed);
  void BlankOrKeep(const RoledBytes& stretch, std::span<std::uint8_t> kept, bool& blank);
  void BlankUnknown(const RoledBytes& stretch, std::span<std::uint8_t> kept, bool& blank);
  void NoteBlanked(const RoledBytes& stretch, ByteSpan was, ByteSpan is, bool blank);
  void MakeChecksum(const RoledBytes& stretch, std::span<std::uint8_t> kept);
  void NoteIdentities(const RoledEvent& roled);
  bool TakeLine(RoledEvent& roled);
  std::uint64_t TakeString(Event& event, const StringDescriptor& string);
  Result<void> Write(Event event, const Changed& changed);
  Result<void> MakeDigest(Event& event, const Changed& changed);
  Result<void> Add(const Event& event);

  RedactPlan& plan_;
  TraceWriter& writer_;
  RedactReport& report_;
  NoteTreatment notes_;
  StreamSums sums_[2];
  std::optional<Role> last_role_[2];
  std::vector<std::uint8_t> before_;

  // As a replay will go through it.
  ReadTracker tracker_;
  std::string phase_;
  std::uint64_t cut_bytes_[2] = {0, 0};
  ContentMap zeros_;
};

Rewriter::Rewriter(RedactPlan& plan, TraceWriter& writer, RedactReport& report)
    : plan_(plan), writer_(writer), report_(report), notes_(plan, report) {
  const auto fill = std::make_shared<FillContent>(std::uint8_t{0});
  ContentRule rule;
  rule.source = fill;
  zeros_.Add(rule);
  rule.direction = Direction::kToPhone;
  zeros_.Add(rule);
}

Result<void> Rewriter::Take(RoledEvent roled) {
  if (IsInStream(roled.event)) return TakeStream(std::move(roled));
  return TakeLine(roled) ? Add(roled.event) : protocol::Ok();
}

// Events whose data is in neither stream. False for one that is left out.
bool Rewriter::TakeLine(RoledEvent& roled) {
  Event& event = roled.event;
  if (!notes_.Take(event)) return false;
  if (event.kind == EventKind::kPhase) {
    phase_ = event.text;
    cut_bytes_[0] = cut_bytes_[1] = 0;
  }
  const auto string = ReadStringDescriptor(event);
  std::uint64_t replaced = string.has_value() ? TakeString(event, *string) : 0;
  replaced += plan_.secrets.ReplaceIn(std::span(event.bytes.Own()));
  report_.text_places += replaced;
  const bool control = event.kind == EventKind::kControl && !string && !IsOfKnownForm(event);
  const bool data = control || event.kind == EventKind::kOther || event.kind == EventKind::kFailure;
  const bool agent = roled.layer == Layer::kBrom || roled.layer == Layer::kStage1;
  if (!data || event.bytes.size() <= kLongUnknown || plan_.options.keep_unknown) return true;
  // What a host could not send: as what it sent around it.
  if (event.kind == EventKind::kFailure && agent && !plan_.options.blank_agents) return true;
  report_.unknown_blanked += event.bytes.size();
  ++report_.unknown_places;
  event.bytes.assign(event.bytes.size(), std::uint8_t{0});
  return true;
}

// Returns how often something was replaced in it.
std::uint64_t Rewriter::TakeString(Event& event, const StringDescriptor& string) {
  std::string text = string.text;
  // A serial number is one whatever it looks like.
  if (plan_.serial_index == string.index) {
    text = plan_.secrets.SubstituteText(text);
  } else {
    text = notes_.UsbString(text);
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    event.bytes.Own()[2 + 2 * i] = static_cast<std::uint8_t>(text[i]);
  }
  return text != string.text ? 1 : 0;
}

Result<void> Rewriter::TakeStream(RoledEvent roled) {
  Event& event = roled.event;
  notes_.Take(event);
  before_ = event.bytes;
  Changed changed;
  for (const RoledBytes& stretch : roled.stretches) TakeStretch(roled, stretch, changed);
  NoteIdentities(roled);
  // Tables are in the part of a cut transfer that was kept: a transfer of its own, so that zeros
  // stand for the rest alone.
  const bool split = event.cut() && !event.bytes.empty() && event.direction == Direction::kToHost &&
                     plan_.tables.Reaches(roled.start, event.bytes.size());
  if (split) {
    Event front = event;
    front.length = front.bytes.size();
    front.digest.clear();
    TRY(Write(std::move(front), Changed{}));
    event.length -= event.bytes.size();
    event.bytes.clear();
    event.any.clear();
    changed.bytes = true;
  }
  return Write(std::move(event), changed);
}

// The event that is written next has these.
void Rewriter::NoteIdentities(const RoledEvent& roled) {
  for (const RoledBytes& stretch : roled.stretches) {
    if (stretch.span.role != Role::kIdentity) continue;
    if (report_.identity_events.size() == kMaxIdentityPlaces) return;
    report_.identity_events.push_back({roled.event.direction, report_.events,
                                       stretch.begin - roled.start, stretch.end - stretch.begin});
  }
}

void Rewriter::TakeStretch(RoledEvent& roled, const RoledBytes& stretch, Changed& changed) {
  Event& event = roled.event;
  const std::size_t side = DirectionIndex(event.direction);
  const auto first = static_cast<std::size_t>(
      std::min<std::uint64_t>(stretch.begin - roled.start, event.bytes.size()));
  const auto last = static_cast<std::size_t>(
      std::min<std::uint64_t>(stretch.end - roled.start, event.bytes.size()));
  const std::span<std::uint8_t> kept = std::span(event.bytes.Own()).subspan(first, last - first);
  if (last_role_[side] != stretch.span.role || stretch.span.role == Role::kChecksum) {
    sums_[side].Mark();
  }
  last_role_[side] = stretch.span.role;
  bool blank = false;
  if (IsLeadingSum(stretch.span)) {
    const bool made = plan_.leading_sums[side].Apply(stretch.begin, kept);
    if (made && stretch.begin == stretch.span.offset) ++report_.checksums;
  } else if (stretch.span.role == Role::kChecksum) {
    MakeChecksum(stretch, kept);
  } else {
    BlankOrKeep(stretch, kept, blank);
  }
  const Role role = stretch.span.role;
  if (role == Role::kProtocol || role == Role::kUnknown) {
    plan_.texts[side].Apply(stretch.begin, kept);
  }
  plan_.occurrences[side].Apply(stretch.begin, kept);
  plan_.identities[side].Apply(stretch.begin, kept);
  if (side == 1) plan_.tables.Apply(stretch.begin, kept);
  for (const ByteRange& any : event.any) {
    for (std::uint64_t at = any.offset; at < any.offset + any.length && at < last; ++at) {
      if (at >= first) event.bytes.Own()[static_cast<std::size_t>(at)] = 0;
    }
  }
  sums_[side].Add(ByteSpan(before_).subspan(first, last - first), kept);
  const std::uint64_t unseen = (stretch.end - stretch.begin) - kept.size();
  if (unseen > 0) sums_[side].AddUnknown(unseen, blank);
  const ByteSpan was = ByteSpan(before_).subspan(first, last - first);
  changed.bytes = changed.bytes || !std::equal(kept.begin(), kept.end(), was.begin(), was.end());
  if (side == 1) NoteBlanked(stretch, was, kept, blank);
  if (unseen == 0) return;
  if (blank) {
    changed.blank_unseen = true;
  } else if (stretch.span.role != Role::kChecksum) {
    // A checksum that was cut is computed by who replays.
    changed.kept_unseen = true;
    changed.agent_unseen = changed.agent_unseen || stretch.span.role == Role::kAgent;
  }
}

void Rewriter::BlankOrKeep(const RoledBytes& stretch, std::span<std::uint8_t> kept, bool& blank) {
  const std::uint64_t length = stretch.end - stretch.begin;
  switch (stretch.span.role) {
    case Role::kProtocol:
      if (stretch.span.direction == Direction::kToHost) BlankUnknown(stretch, kept, blank);
      return;
    case Role::kChecksum:
      break;
    case Role::kIdentity:
      // What was remembered of it is put there afterwards.
      blank = !plan_.options.keep_identities;
      break;
    case Role::kAgent:
      blank = plan_.options.blank_agents;
      if (blank) report_.agent_bytes += length;
      break;
    case Role::kContent:
      blank = true;
      report_.content_bytes += length;
      break;
    case Role::kUnknown:
      return BlankUnknown(stretch, kept, blank);
  }
  if (blank) std::fill(kept.begin(), kept.end(), std::uint8_t{0});
}

void Rewriter::BlankUnknown(const RoledBytes& stretch, std::span<std::uint8_t> kept, bool& blank) {
  const RangeList& left_out = plan_.unknown[DirectionIndex(stretch.span.direction)];
  const std::uint64_t length = stretch.end - stretch.begin;
  const std::uint64_t all =
      stretch.span.role == Role::kUnknown ? length : plan_.broken.Count(stretch.begin, length);
  if (plan_.options.keep_unknown) {
    report_.unknown_kept += all;
    return;
  }
  const std::uint64_t blanked = left_out.Count(stretch.begin, length);
  report_.unknown_blanked += blanked;
  report_.unknown_kept += std::max(all, blanked) - blanked;
  left_out.Blank(stretch.begin, kept);
  blank = left_out.Covers(stretch.end - 1);
}

// Where a replayed host finds something else than the recording has.
void Rewriter::NoteBlanked(const RoledBytes& stretch, ByteSpan was, ByteSpan is, bool blank) {
  std::vector<ByteRange>& blanked = report_.blanked;
  const Span& span = stretch.span;
  const ByteRange whole{stretch.begin, stretch.end - stretch.begin};
  if (span.role == Role::kContent || (span.role == Role::kIdentity && blank)) {
    return AddBlanked(blanked, whole);
  }
  if (span.role == Role::kChecksum && span.sum != Span::Sum::kNone) {
    // The sum of what the host sends is right whoever computes it.
    if (span.covered_direction != Direction::kToHost) return;
    const bool behind =
        !blanked.empty() && blanked.back().offset + blanked.back().length == whole.offset;
    if (behind || !std::equal(was.begin(), was.end(), is.begin(), is.end())) {
      AddBlanked(blanked, whole);
    }
    return;
  }
  const std::size_t same = FirstDifference(was, is);
  if (same < was.size()) {
    AddBlanked(blanked, {stretch.begin + same, is.size() - same});
  }
  if (blank && is.size() < whole.length) {
    AddBlanked(blanked, {stretch.begin + is.size(), whole.length - is.size()});
  }
}

void Rewriter::MakeChecksum(const RoledBytes& stretch, std::span<std::uint8_t> kept) {
  using Kind = StreamSums::Checksum::Kind;
  constexpr std::size_t kSize = 2;
  const Span& span = stretch.span;
  if (span.sum == Span::Sum::kNone || span.length != kSize || kept.empty()) return;
  const bool whole = kept.size() == kSize;
  std::optional<std::uint16_t> recorded;
  if (whole) recorded = protocol::Load<std::uint16_t>(kept, span.endian);
  const auto made = sums_[DirectionIndex(span.covered_direction)].Over(
      span.sum, span.covered_offset, span.covered_length, recorded);
  const bool first = stretch.begin == span.offset;
  if (made.kind == Kind::kUnknown && first) ++report_.checksums_left;
  if (made.kind != Kind::kNew) return;
  std::array<std::uint8_t, kSize> bytes{};
  protocol::Store<std::uint16_t>(bytes, made.value, span.endian);
  // Two transfers may share it.
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(stretch.begin - span.offset), kept.size(),
              kept.begin());
  if (first) ++report_.checksums;
}

Result<void> Rewriter::Write(Event event, const Changed& changed) {
  const std::size_t side = DirectionIndex(event.direction);
  const bool cut = event.cut() && event.kind == EventKind::kBytes;
  if (cut) {
    report_.agents_cut = report_.agents_cut || changed.agent_unseen;
    bool& fill = side == 1 ? report_.fill_received : report_.fill_sent;
    fill = fill || changed.blank_unseen;
  }
  TRY(MakeDigest(event, changed));
  return Add(event);
}

// The digest of what a replay will give for the transfer, with zeros for what was cut.
Result<void> Rewriter::MakeDigest(Event& event, const Changed& changed) {
  const std::vector<PayloadPiece> pieces = tracker_.Pass(event);
  if (event.kind != EventKind::kBytes || !event.cut()) return protocol::Ok();
  std::uint64_t& position = cut_bytes_[DirectionIndex(event.direction)];
  const std::uint64_t phase_position = std::exchange(position, position + event.length);
  if (event.digest.empty()) return protocol::Ok();
  const auto kind = DigestKindOf(event.digest);
  // Of an unknown kind it may be any text.
  if (kind.has_value() && !(changed.bytes || changed.blank_unseen)) return protocol::Ok();
  event.digest.clear();
  if (!kind.has_value() || changed.kept_unseen) {
    ++report_.digests_dropped;
    return protocol::Ok();
  }
  CutPayload payload(event, pieces, phase_, phase_position, zeros_);
  PayloadDigest digest(*kind);
  std::vector<std::uint8_t> chunk(
      static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, event.length)));
  while (payload.left() > 0) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), payload.left()));
    TRY(payload.Take(std::span(chunk).first(count)));
    digest.Update(ByteSpan(chunk).first(count));
  }
  TRY_ASSIGN(event.digest, digest.Text());
  ++report_.digests;
  return protocol::Ok();
}

Result<void> Rewriter::Add(const Event& event) {
  if (!IsInStream(event)) tracker_.Pass(event);
  const auto& wanted = plan_.options.wanted_packets;
  // Notes may have the number of the packet that they stand in.
  const bool transfer = event.kind == EventKind::kBytes || event.kind == EventKind::kFailure;
  if (transfer && std::find(wanted.begin(), wanted.end(), event.packet) != wanted.end()) {
    report_.event_of_packet.emplace(event.packet, report_.events);
  }
  ++report_.events;
  return writer_.Add(event);
}

}  // namespace

Result<void> Rewrite(RoleFeed& feed, RedactPlan& plan, TraceWriter& writer, RedactReport& report) {
  Rewriter rewriter(plan, writer, report);
  while (true) {
    TRY_ASSIGN(auto roled, feed.Next());
    feed.TakeSteps();
    if (!roled.has_value()) break;
    TRY(rewriter.Take(*std::move(roled)));
  }
  return writer.Flush();
}

}  // namespace mtkrig::traces
