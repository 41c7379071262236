#include "traces/replay/replay_failure.h"

namespace mtkrig::traces {

Failure FailureOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTimeout:
      return Failure::kTimeout;
    case ErrorCode::kDisconnected:
      return Failure::kDisconnected;
    case ErrorCode::kCancelled:
      return Failure::kCancelled;
    default:
      return Failure::kLine;
  }
}

ErrorCode CodeOf(Failure failure) {
  switch (failure) {
    case Failure::kTimeout:
    // The recorded host took it back, as drivers do when its time is over. Who replays cancels
    // nothing: kCancelled would tell that he did.
    case Failure::kCancelled:
      return ErrorCode::kTimeout;
    case Failure::kDisconnected:
      return ErrorCode::kDisconnected;
    case Failure::kStall:
    case Failure::kLine:
      return ErrorCode::kTransport;
  }
  return ErrorCode::kTransport;
}

}  // namespace mtkrig::traces
