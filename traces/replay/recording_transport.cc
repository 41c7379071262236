#include "traces/replay/recording_transport.h"

#include "traces/replay/replay_failure.h"

namespace mtkrig::traces {

RecordingTransport::RecordingTransport(protocol::Transport& device, EventRecorder& recorder)
    : device_(device), recorder_(recorder), start_(device.clock().Now()) {
  recorder_.Attached(device_.info().usb_id, Duration::zero());
}

void RecordingTransport::Phase(std::string_view name) {
  recorder_.Phase(name, SinceStart());
}

void RecordingTransport::set_cancellation(const protocol::Cancellation* cancellation) {
  Transport::set_cancellation(cancellation);
  device_.set_cancellation(cancellation);
}

void RecordingTransport::Failed(Direction direction, ByteSpan offered, const Error& error,
                                Duration since) {
  const Duration now = SinceStart();
  recorder_.Failed(direction, FailureOf(error.code()), offered, error.message(), now, now - since);
}

Result<std::size_t> RecordingTransport::DoReadSome(std::span<std::uint8_t> buffer,
                                                   Duration timeout) {
  const Duration begun = SinceStart();
  auto count = device_.ReadSome(buffer, timeout);
  if (count) {
    const Duration now = SinceStart();
    recorder_.Transfer(Direction::kToHost, buffer.first(*count), now, now - begun);
  } else {
    Failed(Direction::kToHost, {}, count.error(), begun);
  }
  return count;
}

Result<void> RecordingTransport::DoWrite(std::span<const std::uint8_t> data, Duration timeout) {
  const Duration begun = SinceStart();
  auto written = device_.Write(data, timeout);
  if (written) {
    const Duration now = SinceStart();
    recorder_.Transfer(Direction::kToPhone, data, now, now - begun);
  } else {
    Failed(Direction::kToPhone, data, written.error(), begun);
  }
  return written;
}

Result<void> RecordingTransport::DoReconnect(Duration timeout) {
  const Duration begun = SinceStart();
  recorder_.Detached(begun);
  auto followed = device_.Reconnect(timeout);
  if (followed) {
    recorder_.Attached(device_.info().usb_id, SinceStart());
  } else {
    Failed(Direction::kToHost, {}, followed.error(), begun);
  }
  return followed;
}

}  // namespace mtkrig::traces
