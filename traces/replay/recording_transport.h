#pragma once

// RecordingTransport: a decorator that records what passes through it, and changes nothing of it.
// One event for each read that returned and for each write, failures included; a phone that
// enumerates again leaves a detachment and an attachment.

#include <string_view>

#include "protocol/base/transport.h"
#include "traces/replay/event_recorder.h"

namespace mtkrig::traces {

class RecordingTransport final : public protocol::Transport {
 public:
  // Both must outlive this transport. Records the phone's attachment at once.
  RecordingTransport(protocol::Transport& device, EventRecorder& recorder);

  // Marks what begins now: "handshake", "stage 1", "read BOOTIMG".
  void Phase(std::string_view name);

  protocol::Clock& clock() override { return device_.clock(); }
  protocol::TransportInfo info() const override { return device_.info(); }
  void set_cancellation(const protocol::Cancellation* cancellation) override;

 private:
  Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) override;
  Result<void> DoWrite(std::span<const std::uint8_t> data, Duration timeout) override;
  Result<void> DoReconnect(Duration timeout) override;

  Duration SinceStart() { return clock().Now() - start_; }
  void Failed(Direction direction, ByteSpan offered, const Error& error, Duration since);

  protocol::Transport& device_;
  EventRecorder& recorder_;
  protocol::TimePoint start_;
};

}  // namespace mtkrig::traces
