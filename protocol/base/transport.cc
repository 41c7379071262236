#include "protocol/base/transport.h"

#include <fmt/format.h>

#include <algorithm>

namespace mtkrig::protocol {

namespace {

// Whether a call needs no closer look; some are made a million times a second.
bool MayGoOn(Duration timeout, const Cancellation* cancellation) {
  return timeout >= Duration::zero() && (cancellation == nullptr || !cancellation->cancelled());
}

}  // namespace

Result<void> Transport::CheckUsable(Duration timeout) const {
  if (timeout < Duration::zero()) {
    return Error(ErrorCode::kInvalidArgument, "a transport was called with a negative time-out");
  }
  if (cancellation_ != nullptr && cancellation_->cancelled()) {
    return Error(ErrorCode::kCancelled, "stopped on request");
  }
  return Ok();
}

Result<std::size_t> Transport::ReadSome(std::span<std::uint8_t> buffer, Duration timeout) {
  if (!MayGoOn(timeout, cancellation_)) TRY(CheckUsable(timeout));
  if (buffer.empty()) return std::size_t{0};
  Result<std::size_t> count = DoReadSome(buffer, timeout);
  if (count.has_value() && (*count == 0 || *count > buffer.size())) {
    count = Error(
        ErrorCode::kTransport,
        fmt::format("the transport returned {} bytes into a buffer of {}", *count, buffer.size()));
  }
  return count;
}

Result<void> Transport::ReadExact(std::span<std::uint8_t> buffer, Duration timeout) {
  TRY(CheckUsable(timeout));
  const TimePoint deadline = clock().Now() + timeout;
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const Duration left = std::max(Duration::zero(), Duration(deadline - clock().Now()));
    auto count = ReadSome(buffer.subspan(filled), left);
    if (!count) {
      Error error = std::move(count).error();
      if (error.code() != ErrorCode::kTimeout || filled == 0) return error;
      return Error(ErrorCode::kTimeout,
                   fmt::format("{} of {} bytes arrived, then nothing for {} ms", filled,
                               buffer.size(), timeout / std::chrono::milliseconds(1)));
    }
    filled += *count;
  }
  return Ok();
}

Result<void> Transport::Write(std::span<const std::uint8_t> data, Duration timeout) {
  if (!MayGoOn(timeout, cancellation_)) TRY(CheckUsable(timeout));
  if (data.empty()) return Ok();
  return DoWrite(data, timeout);
}

Result<void> Transport::Reconnect(Duration timeout) {
  TRY(CheckUsable(timeout));
  return DoReconnect(timeout);
}

Result<void> Transport::DoReconnect(Duration /*timeout*/) {
  return Error(ErrorCode::kUnsupported,
               fmt::format("{} cannot follow a phone that enumerates again", info().moniker));
}

}  // namespace mtkrig::protocol
