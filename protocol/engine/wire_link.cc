#include "protocol/engine/wire_link.h"

#include <fmt/format.h>

#include <algorithm>

namespace mtkrig::protocol {

Result<void> WireLink::Send(ByteSpan data) {
  return device_.Write(data, reply_timeout_);
}

Result<void> WireLink::Receive(std::span<std::uint8_t> buffer) {
  return device_.ReadExact(buffer, reply_timeout_);
}

Result<void> WireLink::Receive(std::span<std::uint8_t> buffer, Duration timeout) {
  return device_.ReadExact(buffer, timeout);
}

Result<std::vector<std::uint8_t>> WireLink::ReceiveBytes(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  TRY(Receive(bytes));
  return bytes;
}

Result<void> WireLink::SendEchoed(ByteSpan data) {
  TRY(Send(data));
  std::array<std::uint8_t, 8> buffer = {};
  const std::span<std::uint8_t> echo =
      std::span(buffer).first(std::min(data.size(), buffer.size()));
  TRY(Receive(echo));
  if (!std::ranges::equal(echo, data)) {
    return Error(ErrorCode::kProtocol,
                 fmt::format("the phone echoed {} instead of {}", ToHex(echo), ToHex(data)))
        .WithHint("Unplug the phone and start again. If it repeats, try another cable or port.");
  }
  return Ok();
}

Result<void> WireLink::Discard(Duration quiet) {
  // A phone that never falls silent must not hold us here.
  constexpr int kMaxChunks = 256;
  std::array<std::uint8_t, 512> junk = {};
  for (int i = 0; i < kMaxChunks; ++i) {
    auto count = device_.ReadSome(junk, quiet);
    if (!count) {
      if (count.error().code() == ErrorCode::kTimeout) return Ok();
      return std::move(count).error();
    }
  }
  return Ok();
}

}  // namespace mtkrig::protocol
