#include "protocol/engine/read_only_transport.h"

namespace mtkrig::protocol {

Result<void> ReadOnlyTransport::AnnounceWatchdogWrite(const RegisterWrite& write) {
  return shadow_.AnnounceWatchdogWrite(write);
}

void ReadOnlyTransport::set_cancellation(const Cancellation* cancellation) {
  Transport::set_cancellation(cancellation);
  device_.set_cancellation(cancellation);
}

Result<std::size_t> ReadOnlyTransport::DoReadSome(std::span<std::uint8_t> buffer,
                                                  Duration timeout) {
  TRY_ASSIGN(const std::size_t count, device_.ReadSome(buffer, timeout));
  shadow_.OnDevice(buffer.first(count));
  return count;
}

Result<void> ReadOnlyTransport::DoWrite(std::span<const std::uint8_t> data, Duration timeout) {
  TRY(shadow_.OnHost(data));
  auto written = device_.Write(data, timeout);
  if (!written) shadow_.OnWriteFailed();
  return written;
}

Result<void> ReadOnlyTransport::DoReconnect(Duration timeout) {
  TRY(device_.Reconnect(timeout));
  shadow_.OnReconnected();
  return Ok();
}

}  // namespace mtkrig::protocol
