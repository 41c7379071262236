#include "traces/model/event.h"

namespace mtkrig::traces {

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
