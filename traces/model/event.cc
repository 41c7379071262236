#include "traces/model/event.h"

#include <utility>

namespace mtkrig::traces {
namespace {

// Transfers of tools are rarely larger; a file may hold some of 64 MiB.
constexpr std::size_t kMaxKeptMemory = std::size_t{2} << 20;

}  // namespace

void Event::Clear() {
  kind = EventKind::kBytes;
  direction = Direction::kToPhone;
  failure = Failure::kLine;
  failed = false;
  time = Duration::zero();
  latency = Duration::zero();
  bytes.clear();
  any.clear();
  length = 0;
  digest.clear();
  setup.clear();
  endpoint = 0;
  usb_id.reset();
  text.clear();
  packet = 0;
  offset = 0;
}

void Event::ReleaseLargeMemory() {
  bytes.ReleaseMemory(kMaxKeptMemory);
}

// By member: moving through a third event takes three times as long.
void swap(Event& a, Event& b) noexcept {
  using std::swap;
  swap(a.kind, b.kind);
  swap(a.direction, b.direction);
  swap(a.failure, b.failure);
  swap(a.failed, b.failed);
  swap(a.time, b.time);
  swap(a.latency, b.latency);
  swap(a.bytes, b.bytes);
  swap(a.any, b.any);
  swap(a.length, b.length);
  swap(a.digest, b.digest);
  swap(a.setup, b.setup);
  swap(a.endpoint, b.endpoint);
  swap(a.usb_id, b.usb_id);
  swap(a.text, b.text);
  swap(a.packet, b.packet);
  swap(a.offset, b.offset);
}

std::string_view EventKindName(EventKind kind) {
  switch (kind) {
    case EventKind::kBytes:
      return "bytes";
    case EventKind::kFailure:
      return "failure";
    case EventKind::kControl:
      return "control";
    case EventKind::kOther:
      return "other";
    case EventKind::kAttached:
      return "attached";
    case EventKind::kDetached:
      return "detached";
    case EventKind::kPhase:
      return "phase";
    case EventKind::kComment:
      return "comment";
    case EventKind::kGap:
      return "gap";
  }
  return "unknown";
}

std::string_view FailureName(Failure failure) {
  switch (failure) {
    case Failure::kTimeout:
      return "timeout";
    case Failure::kStall:
      return "stall";
    case Failure::kDisconnected:
      return "disconnected";
    case Failure::kCancelled:
      return "cancelled";
    case Failure::kLine:
      return "line";
  }
  return "unknown";
}

Event BytesEvent(Direction direction, ByteSpan bytes, Duration time) {
  Event event;
  event.direction = direction;
  event.time = time;
  event.bytes.assign(bytes.begin(), bytes.end());
  event.length = bytes.size();
  return event;
}

Event TextEvent(EventKind kind, std::string text, Duration time) {
  Event event;
  event.kind = kind;
  event.time = time;
  event.text = std::move(text);
  return event;
}

}  // namespace mtkrig::traces
