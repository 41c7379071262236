#include "harness/trace/replay_hint.h"

#include <fmt/format.h>

#include <utility>

namespace mtkrig::harness {
namespace {

// Whose hints are about cables, keys and plugs.
bool IsOfThePhone(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTimeout:
    case ErrorCode::kDisconnected:
    case ErrorCode::kTransport:
    case ErrorCode::kProtocol:
    case ErrorCode::kChecksum:
    case ErrorCode::kWriteRefused:
      return true;
    default:
      return false;
  }
}

}  // namespace

Error WithReplayHint(Error error, const traces::ReplayTransport& replay, const std::string& file) {
  if (error.code() == ErrorCode::kCancelled) {
    return std::move(error.WithHint("Run the same command again."));
  }
  const auto& broken = replay.broken();
  const bool own = broken.has_value() ? broken->code() == error.code()
                                      : error.code() == ErrorCode::kDisconnected;
  if (!IsOfThePhone(error.code()) || (own && !error.hint().empty())) return error;
  return std::move(error.WithHint(
      fmt::format("This is a recording, and not a phone: `mtkrig trace show {}` tells step by step "
                  "what was asked and answered in it.",
                  file)));
}

}  // namespace mtkrig::harness
