#include "protocol/engine/read_only_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace mtkrig::protocol {
namespace {

// Answers that a recorded host left unread while it sent on. Those of commands are short.
constexpr std::size_t kMaxEarly = std::size_t{64} << 10;
// How long to wait for answers that not every phone gives.
constexpr Duration kSilence = std::chrono::milliseconds(100);

}  // namespace

Result<void> ReadOnlyTransport::AnnounceWatchdogWrite(const RegisterWrite& write) {
  return shadow_.AnnounceWatchdogWrite(write);
}

void ReadOnlyTransport::set_cancellation(const Cancellation* cancellation) {
  Transport::set_cancellation(cancellation);
  device_.set_cancellation(cancellation);
}

Result<std::size_t> ReadOnlyTransport::DoReadSome(std::span<std::uint8_t> buffer,
                                                  Duration timeout) {
  if (!early_.empty()) {
    const std::size_t count = std::min(buffer.size(), early_.size());
    std::copy_n(early_.begin(), count, buffer.begin());
    early_.erase(early_.begin(), early_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }
  TRY_ASSIGN(const std::size_t count, device_.ReadSome(buffer, timeout));
  shadow_.OnDevice(buffer.first(count));
  return count;
}

Result<void> ReadOnlyTransport::DoWrite(std::span<const std::uint8_t> data, Duration timeout) {
  if (host_ == GuardedHost::kRecorded) return WriteInTurns(data, timeout);
  TRY(shadow_.OnHost(data));
  auto written = device_.Write(data, timeout);
  if (!written) shadow_.OnWriteFailed();
  return written;
}

Result<void> ReadOnlyTransport::WriteInTurns(ByteSpan data, Duration timeout) {
  const TimePoint deadline = clock().Now() + timeout;
  const std::size_t all = data.size();
  while (!data.empty()) {
    TRY(AwaitTurn(data.front(), deadline));
    if (data.size() < all && shadow_.HandshakeFailedBefore(data.front())) {
      return Error(ErrorCode::kTransport,
                   fmt::format("only {} of these bytes were sent, for the phone answers {}",
                               all - data.size(), ToHex(ByteSpan(early_).last(1))));
    }
    TRY_ASSIGN(const std::size_t count, shadow_.OnHostInTurn(data));
    auto written =
        device_.Write(data.first(count), std::max(deadline - clock().Now(), Duration::zero()));
    if (!written) {
      shadow_.OnWriteFailed();
      return written;
    }
    data = data.subspan(count);
  }
  return Ok();
}

Result<void> ReadOnlyTransport::AwaitTurn(std::uint8_t next, TimePoint deadline) {
  const auto left = [&] {
    return std::max(deadline - clock().Now(), Duration::zero());
  };
  while (early_.size() < kMaxEarly) {
    if (const std::size_t owed = shadow_.OwedBefore(next); owed != 0) {
      TRY(ReadEarly(owed, left()));
    } else if (const std::size_t more = shadow_.may_follow(); more != 0) {
      Result<void> read = ReadEarly(more, std::min<Duration>(left(), kSilence));
      if (!read && read.error().code() != ErrorCode::kTimeout) return read;
      if (!read) shadow_.OnSilence();
    } else {
      break;
    }
  }
  return Ok();
}

// No more than these, for what comes behind them the phone may say at another place.
Result<void> ReadOnlyTransport::ReadEarly(std::size_t most, Duration timeout) {
  std::array<std::uint8_t, 512> room = {};
  const std::span<std::uint8_t> answer = std::span(room).first(std::min(most, room.size()));
  TRY_ASSIGN(const std::size_t count, device_.ReadSome(answer, timeout));
  early_.insert(early_.end(), answer.begin(), answer.begin() + static_cast<std::ptrdiff_t>(count));
  shadow_.OnDevice(answer.first(count));
  return Ok();
}

Result<void> ReadOnlyTransport::DoReconnect(Duration timeout) {
  TRY(device_.Reconnect(timeout));
  early_.clear();
  shadow_.OnReconnected();
  return Ok();
}

}  // namespace mtkrig::protocol
