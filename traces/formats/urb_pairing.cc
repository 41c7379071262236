#include "traces/formats/urb_pairing.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocol/base/bytes.h"
#include "traces/formats/event_checks.h"

namespace mtkrig::traces {
namespace {

// Hosts keep some dozens of transfers in flight. What exceeds these lost its completion.
constexpr std::size_t kMaxPending = 4096;
constexpr std::size_t kMaxPendingBytes = std::size_t{24} * 1024 * 1024;

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

// What submission and completion have in common.
Event Frame(const UsbPacket& packet) {
  Event event;
  event.kind = KindOf(packet.header.transfer);
  event.direction = packet.header.in() ? Direction::kToHost : Direction::kToPhone;
  event.endpoint = packet.header.endpoint & 0x0fU;
  event.time = packet.time;
  event.packet = packet.number;
  event.offset = packet.offset;
  return event;
}

void SetData(Event& event, const UsbPacket& packet) {
  event.bytes.assign(packet.data.begin(), packet.data.end());
  event.length = packet.length;
  event.packet = packet.number;
  event.offset = packet.offset;
}

// What our own writer noted beside the packet.
void SetNoted(Event& event, UsbPacket& packet) {
  if (event.cut()) event.digest = std::move(packet.comments.digest);
  if (!RangesFit(packet.comments.any, event.bytes.size())) return;
  event.any = std::move(packet.comments.any);
  for (const ByteRange& range : event.any) {
    std::fill_n(event.bytes.begin() + static_cast<std::ptrdiff_t>(range.offset), range.length,
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

// The enumeration that a marked control transfer stands for.
Event AttachedBy(const UsbPacket& packet) {
  Event event;
  event.kind = EventKind::kAttached;
  event.time = packet.time;
  event.packet = packet.number;
  event.offset = packet.offset;
  if (packet.data.size() >= kDescriptorProduct + 2 && !packet.comments.unknown_id) {
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

void UrbPairing::Take(UsbPacket& packet, std::deque<Event>& events) {
  if (packet.header.type == kUsbmonSubmission) {
    Submit(packet, events);
  } else {
    Complete(packet, events);
  }
}

void UrbPairing::Submit(const UsbPacket& packet, std::deque<Event>& events) {
  const std::size_t known = Find(packet.header.id);
  if (known < ids_.size()) {
    Lose(known, fmt::format("packet {} submits it again", packet.number), events);
  }
  std::unique_ptr<Pending> pending = std::move(spare_);
  if (pending == nullptr) pending = std::make_unique<Pending>();
  Event& event = pending->event;
  event = Frame(packet);
  pending->packet = packet.number;
  pending->submitted = packet.time;
  if (packet.header.transfer == TransferType::kControl &&
      packet.header.flag_setup == kFlagPresent) {
    event.setup.assign(packet.header.setup.begin(), packet.header.setup.end());
  }
  if (!packet.header.in()) SetData(event, packet);
  pending_bytes_ += event.bytes.size();
  pending_.push_back(std::move(pending));
  ids_.push_back(packet.header.id);
  while (pending_.size() > kMaxPending ||
         (pending_bytes_ > kMaxPendingBytes && pending_.size() > 1)) {
    Lose(0, "too many later ones are open", events);
  }
}

void UrbPairing::Complete(UsbPacket& packet, std::deque<Event>& events) {
  const std::size_t known = Find(packet.header.id);
  if (packet.comments.attached) {
    if (known < ids_.size()) spare_ = Remove(known);
    events.push_back(AttachedBy(packet));
    return;
  }
  if (known == ids_.size()) return CompleteUnseen(packet, events);
  std::unique_ptr<Pending> pending = Remove(known);
  Event& event = pending->event;
  if (packet.header.in()) {
    SetData(event, packet);
  } else if (event.kind == EventKind::kBytes && packet.header.status == 0 &&
             packet.header.length < event.length) {
    // The phone took less than was offered, and the host was content.
    event.length = packet.header.length;
    event.bytes.resize(std::min<std::size_t>(event.bytes.size(), packet.header.length));
  }
  event.latency = std::max(packet.time - pending->submitted, Duration::zero());
  SetEnd(event, packet);
  SetNoted(event, packet);
  events.push_back(std::move(event));
  spare_ = std::move(pending);
}

void UrbPairing::CompleteUnseen(UsbPacket& packet, std::deque<Event>& events) {
  Event event = Frame(packet);
  SetData(event, packet);
  SetEnd(event, packet);
  SetNoted(event, packet);
  const bool lacks_data = !packet.header.in() && event.length > 0;
  if (lacks_data && event.kind != EventKind::kOther) {
    events.push_back(
        GapAt(packet, fmt::format("packet {} ends a write of {} bytes whose data is not in the "
                                  "capture",
                                  packet.number, event.length)));
  }
  events.push_back(std::move(event));
}

std::size_t UrbPairing::Find(std::uint64_t id) const {
  return static_cast<std::size_t>(std::find(ids_.begin(), ids_.end(), id) - ids_.begin());
}

std::unique_ptr<UrbPairing::Pending> UrbPairing::Remove(std::size_t at) {
  std::unique_ptr<Pending> pending = std::move(pending_[at]);
  pending_bytes_ -= pending->event.bytes.size();
  pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(at));
  ids_.erase(ids_.begin() + static_cast<std::ptrdiff_t>(at));
  return pending;
}

void UrbPairing::Lose(std::size_t at, const std::string& why, std::deque<Event>& events) {
  const std::unique_ptr<Pending> pending = Remove(at);
  Event& event = pending->event;
  if (event.kind == EventKind::kOther) return;
  const bool write = event.direction == Direction::kToPhone;
  Event gap = TextEvent(EventKind::kGap,
                        fmt::format("the completion of the {} that packet {} submits is missing: "
                                    "{}",
                                    write ? "write" : "read", pending->packet, why),
                        event.time);
  gap.packet = event.packet;
  gap.offset = event.offset;
  events.push_back(std::move(gap));
  if (write) events.push_back(std::move(event));
}

void UrbPairing::Finish(std::deque<Event>& events) {
  while (!pending_.empty()) {
    if (pending_[0]->event.direction == Direction::kToHost) {
      Remove(0);
    } else {
      Lose(0, "the capture ends", events);
    }
  }
}

}  // namespace mtkrig::traces
