#include "traces/formats/urb_pairing.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocol/base/bytes.h"
#include "traces/formats/event_checks.h"
#include "traces/model/gap_reasons.h"

namespace mtkrig::traces {
namespace {

// Hosts keep some dozens of transfers in flight. What exceeds these lost its completion.
constexpr std::size_t kMaxPending = 4096;
constexpr std::size_t kMaxPendingBytes = std::size_t{24} * 1024 * 1024;

// Where the completion of a transfer that a later one has overtaken is looked for: a host
// controller gives back what was taken from it at once. And among how many open ones an overtaken
// one is.
constexpr std::size_t kMaxWaitedPackets = 64;
constexpr std::size_t kMaxWaitedBytes = std::size_t{1024} * 1024;
constexpr std::size_t kMaxOvertaken = 64;

// errno values of Linux (include/uapi/asm-generic/errno.h and errno-base.h), as
// Documentation/driver-api/usb/error-codes.rst gives them meaning for URBs.
constexpr std::int32_t kEnoent = -2;        // unlinked by usb_kill_urb
constexpr std::int32_t kEnodev = -19;       // the device was unplugged
constexpr std::int32_t kEpipe = -32;        // the endpoint stalled
constexpr std::int32_t kEtime = -62;        // no answer on the line within the bus's time
constexpr std::int32_t kEproto = -71;       // bit stuffing, no answer, or an unplugged device
constexpr std::int32_t kEconnreset = -104;  // unlinked by usb_unlink_urb
constexpr std::int32_t kEshutdown = -108;   // the device or its controller was disabled
constexpr std::int32_t kEtimedout = -110;   // a synchronous call's time ran out
constexpr std::int32_t kEremoteio = -121;   // shorter than asked, with URB_SHORT_NOT_OK

constexpr std::size_t kDescriptorVendor = 8;
constexpr std::size_t kDescriptorProduct = 10;

EventKind KindOf(TransferType transfer) {
  switch (transfer) {
    case TransferType::kBulk:
      return EventKind::kBytes;
    case TransferType::kControl:
      return EventKind::kControl;
    default:
      return EventKind::kOther;
  }
}

Direction DirectionOf(const UsbPacket& packet) {
  return packet.header.in() ? Direction::kToHost : Direction::kToPhone;
}

std::uint8_t EndpointOf(const UsbPacket& packet) {
  return packet.header.endpoint & 0x0fU;
}

// What its submission says. `event` is new.
void SetBegun(Event& event, const PendingUrb& urb) {
  event.kind = urb.kind;
  event.direction = urb.direction;
  event.endpoint = urb.endpoint;
  event.packet = urb.packet;
  event.offset = urb.offset;
  if (urb.has_setup) event.setup.assign(urb.setup.begin(), urb.setup.end());
}

// Its bytes stay where the reader of packets has them.
void SetData(Event& event, const UsbPacket& packet) {
  event.bytes.Refer(packet.data);
  event.length = packet.length;
  event.packet = packet.number;
  event.offset = packet.offset;
}

// What our own writer noted beside the packet.
void SetNoted(Event& event, PacketComments& noted) {
  if (event.cut()) event.digest = std::move(noted.digest);
  if (!RangesFit(noted.any, event.bytes.size())) return;
  event.any = std::move(noted.any);
  for (const ByteRange& range : event.any) {
    std::fill_n(event.bytes.Own().begin() + static_cast<std::ptrdiff_t>(range.offset), range.length,
                std::uint8_t{0});
  }
}

void SetEnd(Event& event, const UsbPacket& packet) {
  const std::optional<Failure> failure = FailureOf(packet.header.status);
  event.time = packet.time;
  if (!failure.has_value()) return;
  event.failure = *failure;
  if (event.kind == EventKind::kBytes) {
    event.kind = EventKind::kFailure;
  } else {
    event.failed = true;
  }
}

Event GapAt(const UsbPacket& packet, std::string text) {
  Event gap = TextEvent(EventKind::kGap, std::move(text), packet.time);
  gap.packet = packet.number;
  gap.offset = packet.offset;
  return gap;
}

std::uint32_t LineOf(const UsbmonHeader& header) {
  return UrbLine{header.bus, header.device, header.endpoint}.number();
}

std::string_view NameOf(Direction direction) {
  return direction == Direction::kToPhone ? "write" : "read";
}

// The enumeration that a marked control transfer stands for.
Event AttachedBy(const UsbPacket& packet, bool unknown_id) {
  Event event;
  event.kind = EventKind::kAttached;
  event.time = packet.time;
  event.packet = packet.number;
  event.offset = packet.offset;
  if (packet.data.size() >= kDescriptorProduct + 2 && !unknown_id) {
    event.usb_id = protocol::UsbId{
        .vendor = protocol::LoadLe<std::uint16_t>(packet.data.subspan(kDescriptorVendor)),
        .product = protocol::LoadLe<std::uint16_t>(packet.data.subspan(kDescriptorProduct))};
  }
  return event;
}

}  // namespace

std::optional<Failure> FailureOf(std::int32_t status) {
  switch (status) {
    case 0:
    case kEremoteio:
      return std::nullopt;
    case kEnoent:
    case kEconnreset:
      return Failure::kCancelled;
    case kEpipe:
      return Failure::kStall;
    case kEnodev:
    case kEshutdown:
      return Failure::kDisconnected;
    case kEtimedout:
      return Failure::kTimeout;
    case kEtime:
    case kEproto:
    default:
      return Failure::kLine;
  }
}

std::int32_t StatusOf(Failure failure) {
  switch (failure) {
    case Failure::kTimeout:
      return kEtimedout;
    case Failure::kStall:
      return kEpipe;
    case Failure::kDisconnected:
      return kEshutdown;
    case Failure::kCancelled:
      return kEnoent;
    case Failure::kLine:
      break;
  }
  return kEproto;
}

void UrbPairing::Take(const UsbPacket& packet, PacketComments* noted, EventQueue& events) {
  if (packet.header.type == kUsbmonSubmission) {
    Submit(packet, events);
  } else {
    Complete(packet, noted, events);
  }
  if (overtaken_.empty()) return;
  waited_bytes_ += packet.data.size();
  if (++waited_packets_ > kMaxWaitedPackets || waited_bytes_ > kMaxWaitedBytes) Decide(events);
}

void UrbPairing::Submit(const UsbPacket& packet, EventQueue& events) {
  if (PendingUrb* const known = pending_.Find(packet.header.id); known != nullptr) {
    Lose(*known, fmt::format(gaps::kSubmittedAgain, packet.number), events);
  }
  PendingUrb& urb = pending_.Add(packet.header.id);
  urb.kind = KindOf(packet.header.transfer);
  urb.direction = DirectionOf(packet);
  urb.endpoint = EndpointOf(packet);
  urb.packet = packet.number;
  urb.offset = packet.offset;
  urb.submitted = packet.time;
  urb.line = LineOf(packet.header);
  if (packet.header.transfer == TransferType::kControl &&
      packet.header.flag_setup == kFlagPresent) {
    urb.has_setup = true;
    urb.setup = packet.header.setup;
  }
  if (!packet.header.in()) {
    // A copy, for its end stands in a later packet.
    urb.bytes.assign(packet.data.begin(), packet.data.end());
    urb.length = packet.length;
    pending_bytes_ += urb.bytes.size();
  }
  while (pending_.size() > kMaxPending ||
         (pending_bytes_ > kMaxPendingBytes && pending_.size() > 1)) {
    Lose(*pending_.oldest(), std::string(gaps::kTooManyOpen), events);
  }
}

void UrbPairing::Complete(const UsbPacket& packet, PacketComments* noted, EventQueue& events) {
  PendingUrb* const urb = pending_.Find(packet.header.id);
  if (noted != nullptr && noted->attached) {
    if (urb != nullptr) {
      pending_bytes_ -= urb->bytes.size();
      pending_.Remove(*urb);
    }
    return events.Append(AttachedBy(packet, noted->unknown_id));
  }
  if (urb == nullptr) return CompleteUnseen(packet, noted, events);
  if (urb->overtaken) EndOvertaken(*urb, packet, events);
  if (!FailureOf(packet.header.status).has_value()) FindOvertaken(*urb, packet, events);
  Event& event = events.Append();
  End(*urb, packet, event);
  if (noted != nullptr) SetNoted(event, *noted);
}

bool UrbPairing::TakePlain(const UsbPacket& packet, Event& event, EventQueue& events) {
  if (packet.header.type == kUsbmonSubmission) {
    Submit(packet, events);
    return false;
  }
  PendingUrb* const urb = pending_.Find(packet.header.id);
  if (urb == nullptr || !events.empty() || urb->overtaken || IsLater(*urb)) {
    Complete(packet, nullptr, events);
    return false;
  }
  event.Clear();
  End(*urb, packet, event);
  return true;
}

void UrbPairing::TakeData(PendingUrb& urb, Event& event) {
  pending_bytes_ -= urb.bytes.size();
  swap(event.bytes, urb.bytes);
  event.length = urb.length;
}

void UrbPairing::End(PendingUrb& urb, const UsbPacket& packet, Event& event) {
  SetBegun(event, urb);
  if (packet.header.in()) {
    pending_bytes_ -= urb.bytes.size();
    SetData(event, packet);
  } else {
    TakeData(urb, event);
    if (event.kind == EventKind::kBytes && packet.header.status == 0 &&
        packet.header.length < event.length) {
      // The phone took less than was offered, and the host was content.
      event.length = packet.header.length;
      event.bytes.resize(std::min<std::size_t>(event.bytes.size(), packet.header.length));
    }
  }
  event.latency = std::max(packet.time - urb.submitted, Duration::zero());
  seen_lines_[packet.header.endpoint] = std::uint64_t{urb.line} + 1;
  SetEnd(event, packet);
  pending_.Remove(urb);
}

// Whether the capture has lost the packet that submitted it. What the host had submitted before the
// capture began ends before all that it submitted later, unless it is taken back.
bool UrbPairing::LacksSubmission(const UsbPacket& packet) const {
  const std::optional<Failure> failure = FailureOf(packet.header.status);
  if (failure == Failure::kCancelled || failure == Failure::kDisconnected) return false;
  return seen_lines_[packet.header.endpoint] == std::uint64_t{LineOf(packet.header)} + 1;
}

void UrbPairing::CompleteUnseen(const UsbPacket& packet, PacketComments* noted,
                                EventQueue& events) {
  const bool understood = KindOf(packet.header.transfer) != EventKind::kOther;
  const bool lacks_data = !packet.header.in() && packet.length > 0;
  if (lacks_data && understood) {
    events.Append(
        GapAt(packet, fmt::format(gaps::kWriteWithoutData, packet.number, packet.length)));
  } else if (understood && LacksSubmission(packet)) {
    events.Append(GapAt(
        packet, fmt::format(gaps::kNoSubmission, packet.number, NameOf(DirectionOf(packet)))));
  }
  Event& event = events.Append();
  event.kind = KindOf(packet.header.transfer);
  event.direction = DirectionOf(packet);
  event.endpoint = EndpointOf(packet);
  SetData(event, packet);
  SetEnd(event, packet);
  if (noted != nullptr) SetNoted(event, *noted);
}

// Whether an earlier one of its endpoint is open.
bool UrbPairing::IsLater(const PendingUrb& urb) {
  std::size_t looked_at = 0;
  for (const PendingUrb* earlier = PendingUrbs::Before(urb);
       earlier != nullptr && looked_at < kMaxOvertaken;
       earlier = PendingUrbs::Before(*earlier), ++looked_at) {
    if (earlier->line == urb.line && !earlier->overtaken) return true;
  }
  return false;
}

void UrbPairing::FindOvertaken(const PendingUrb& urb, const UsbPacket& packet, EventQueue& events) {
  if (urb.kind != EventKind::kBytes) return;
  std::vector<PendingUrb*> found;  // the latest first
  std::size_t looked_at = 0;
  for (PendingUrb* earlier = PendingUrbs::Before(urb);
       earlier != nullptr && looked_at < kMaxOvertaken;
       earlier = PendingUrbs::Before(*earlier), ++looked_at) {
    if (earlier->line == urb.line && !earlier->overtaken) found.push_back(earlier);
  }
  for (auto earlier = found.rbegin(); earlier != found.rend(); ++earlier) {
    if (overtaken_.empty()) waited_packets_ = waited_bytes_ = 0;
    (*earlier)->overtaken = true;
    overtaken_.push_back({(*earlier)->id, events.end()});
    events.Append(
        LossOf(**earlier, fmt::format(gaps::kLaterOneEnds, packet.number, NameOf(urb.direction))));
  }
}

// What was overtaken has its end after all.
void UrbPairing::EndOvertaken(const PendingUrb& urb, const UsbPacket& packet, EventQueue& events) {
  const auto found = std::find_if(overtaken_.begin(), overtaken_.end(),
                                  [&](const Overtaken& one) { return one.id == urb.id; });
  if (found == overtaken_.end()) return;
  const std::size_t place = found->place;
  const auto behind = overtaken_.erase(found);
  const std::optional<Failure> failure = FailureOf(packet.header.status);
  if (failure == Failure::kCancelled || failure == Failure::kDisconnected) {
    events.Remove(place);
    for (auto one = behind; one != overtaken_.end(); ++one) --one->place;
    return;
  }
  events.at(place).text =
      fmt::format(gaps::kOutOfOrder, packet.number, NameOf(urb.direction), urb.packet);
}

void UrbPairing::Decide(EventQueue& events) {
  // From the back: what is put between moves what stands behind it.
  for (auto one = overtaken_.rbegin(); one != overtaken_.rend(); ++one) {
    PendingUrb* const urb = pending_.Find(one->id);
    if (urb == nullptr || !urb->overtaken) continue;
    Event event;
    SetBegun(event, *urb);
    TakeData(*urb, event);
    event.time = urb->submitted;
    pending_.Remove(*urb);
    if (event.direction == Direction::kToPhone) events.Insert(one->place + 1, std::move(event));
  }
  overtaken_.clear();
}

Event UrbPairing::LossOf(const PendingUrb& urb, const std::string& why) {
  Event gap =
      TextEvent(EventKind::kGap,
                fmt::format(gaps::kNoCompletion, NameOf(urb.direction), urb.packet) + ": " + why,
                urb.submitted);
  gap.packet = urb.packet;
  gap.offset = urb.offset;
  return gap;
}

void UrbPairing::Lose(PendingUrb& urb, const std::string& why, EventQueue& events) {
  if (urb.overtaken) return Decide(events);
  Event gap = LossOf(urb, why);
  Event event;
  SetBegun(event, urb);
  TakeData(urb, event);
  event.time = urb.submitted;
  pending_.Remove(urb);
  if (event.kind == EventKind::kOther) return;
  events.Append(std::move(gap));
  if (event.direction == Direction::kToPhone) events.Append(std::move(event));
}

void UrbPairing::Finish(EventQueue& events) {
  Decide(events);
  for (PendingUrb* urb = pending_.oldest(); urb != nullptr; urb = pending_.oldest()) {
    if (urb->direction == Direction::kToHost) {
      pending_.Remove(*urb);
    } else {
      Lose(*urb, std::string(gaps::kCaptureEnds), events);
    }
  }
  pending_bytes_ = 0;
}

}  // namespace mtkrig::traces
