#include "protocol/engine/read_only_transport.h"

#include <algorithm>
#include <array>

namespace mtkrig::protocol {
namespace {

// Answers that a recorded host left unread while it sent on. Those of commands are short.
constexpr std::size_t kMaxEarly = std::size_t{64} << 10;

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
  while (!data.empty()) {
    TRY(AwaitTurn(data.front(), deadline));
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
  std::array<std::uint8_t, 512> answer = {};
  while (shadow_.OwesAnswerBefore(next) && early_.size() < kMaxEarly) {
    TRY_ASSIGN(const std::size_t count,
               device_.ReadSome(answer, std::max(deadline - clock().Now(), Duration::zero())));
    early_.insert(early_.end(), answer.begin(),
                  answer.begin() + static_cast<std::ptrdiff_t>(count));
    shadow_.OnDevice(ByteSpan(answer).first(count));
  }
  return Ok();
}

Result<void> ReadOnlyTransport::DoReconnect(Duration timeout) {
  TRY(device_.Reconnect(timeout));
  early_.clear();
  shadow_.OnReconnected();
  return Ok();
}

}  // namespace mtkrig::protocol
