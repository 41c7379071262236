#pragma once

// The host's side of boot ROM and preloader: handshake, identification, watchdog, loading and
// starting an agent. Exchanges: protocol/README.md.

#include <cstdint>
#include <vector>

#include "protocol/engine/chips.h"
#include "protocol/engine/observer.h"
#include "protocol/engine/session.h"
#include "protocol/engine/wire_link.h"

namespace mtkrig::protocol {

class BromClient {
 public:
  // `device` and `observer` must outlive the client.
  BromClient(ReadOnlyTransport& device, Observer& observer, Duration reply_timeout)
      : link_(device, reply_timeout), observer_(observer) {}

  // Brings the phone to its command loop. Stale input, READY texts, a swallowed first byte and
  // wrong complements are lived through until `timeout` (0: until cancelled). kTimeout for a phone
  // that says nothing, kProtocol for one that answers something else. A phone that is in its
  // command loop already is recognised by its echoes and left there, with a warning.
  Result<void> Handshake(Duration timeout);

  // Asks for everything that names the phone. Commands that a chip lacks leave their fields empty.
  Result<DeviceIdentity> Identify();

  // One block of registers. kDeviceRefused with the phone's status.
  Result<std::vector<std::uint16_t>> Read16(std::uint32_t address, std::uint32_t count);
  Result<std::vector<std::uint32_t>> Read32(std::uint32_t address, std::uint32_t count);
  // READ16 of the oldest kind, which answers without status words.
  Result<std::uint16_t> Read16Old(std::uint32_t address);

  // Writes the chip's watchdog registers as SP Flash Tool does. A phone that refuses costs a
  // warning only: some preloaders guard their registers and feed the watchdog themselves.
  Result<void> DisableWatchdog(const Chip& chip);

  // Loads an agent into the phone's memory; `data` ends with its signature. Verifies the phone's
  // checksum. kSecured where the phone wants an agent or a challenge signed by its vendor.
  Result<void> SendDa(std::uint32_t address, ByteSpan data, std::uint32_t signature_length);
  Result<void> JumpDa(std::uint32_t address);

 private:
  struct HandshakeTrace;
  Result<bool> TryHandshake(HandshakeTrace& trace, Duration patience, TimePoint deadline);
  Result<bool> AwaitComplement(std::uint8_t sent, HandshakeTrace& trace, Duration timeout);

  Result<void> ReadVersions(DeviceIdentity& identity);
  Result<std::uint16_t> ReadHwCode();
  Result<void> ReadTargetConfig(DeviceIdentity& identity);
  Result<std::vector<std::uint8_t>> ReadId(std::uint8_t command);
  // Turns "the phone does not answer this command" into a warning.
  Result<void> Tolerate(Result<void> result, std::string_view command);
  Result<void> WriteRegister(const RegisterWrite& write);
  Result<void> ReadRegisters(std::uint8_t command, std::uint32_t address, std::uint32_t count,
                             std::span<std::uint8_t> values);
  Result<void> ExpectStatus(std::string_view operation);

  WireLink link_;
  Observer& observer_;
};

}  // namespace mtkrig::protocol
