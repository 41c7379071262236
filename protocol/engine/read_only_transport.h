#pragma once

// ReadOnlyTransport: the only way from the engine to a phone. It follows the conversation as the
// phone does (PhoneShadow) and lets through what identifies the phone, starts the agent and reads.
// Whatever could write, erase or change flash or registers is refused with kWriteRefused before its
// first byte leaves, and after one refusal everything is refused. There is no switch.
//
// A Write() that holds a forbidden byte anywhere sends nothing at all. Inbound data is counted, not
// looked at, so that reading stays as fast as the transport below.
//
// A recorded host may have sent on before it read an answer, as tools do that say the handshake in
// one transfer. Its bytes are the same, but each leaves only when the phone reads it: Write() waits
// for the answers that are owed before, within its time-out, and keeps them for ReadSome(). Of such
// a Write() the bytes in front of a forbidden one may have left. Answers that not every phone gives
// are waited for a tenth of a second.
//
// Every client in this folder takes a ReadOnlyTransport by type, so that none can be put on an
// unguarded device.

#include <vector>

#include "protocol/base/transport.h"
#include "protocol/engine/phone_shadow.h"

namespace mtkrig::protocol {

class ReadOnlyTransport final : public Transport {
 public:
  // `device` must outlive this transport and stand at the start of a conversation: before the
  // handshake.
  explicit ReadOnlyTransport(Transport& device, GuardedHost host = GuardedHost::kEngine)
      : device_(device), host_(host), shadow_(host) {}

  // Allows the next command to be this register write, which must be how a watchdog of the chip
  // that was identified is disabled (chips.h). kWriteRefused otherwise.
  Result<void> AnnounceWatchdogWrite(const RegisterWrite& write);

  Clock& clock() override { return device_.clock(); }
  TransportInfo info() const override { return device_.info(); }
  void set_cancellation(const Cancellation* cancellation) override;

 private:
  Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) override;
  Result<void> DoWrite(std::span<const std::uint8_t> data, Duration timeout) override;
  Result<void> DoReconnect(Duration timeout) override;

  Result<void> WriteInTurns(ByteSpan data, Duration timeout);
  // Reads until the phone is to read `next`, or the guard knows that it never will.
  Result<void> AwaitTurn(std::uint8_t next, TimePoint deadline);
  Result<void> ReadEarly(std::size_t most, Duration timeout);

  Transport& device_;
  GuardedHost host_;
  PhoneShadow shadow_;
  std::vector<std::uint8_t> early_;  // answers that Write() read
};

}  // namespace mtkrig::protocol
