#pragma once

// Transport: a byte pipe to one phone, whatever stands behind it: a USB device, a phone in
// software, a recorded session, a socket.
//
// Contract
//  * A stream in both directions. Boundaries of USB transfers carry no meaning: a reply may arrive
//  in
//    any split, and several replies at once. Zero-length packets never surface.
//  * Every call has a deadline, counted on clock() from the moment of the call.
//  * kTimeout leaves the stream as it was: bytes that arrive later are read by the next call. Bytes
//    that ReadExact had already taken before its deadline are lost, and its error says how many.
//  * kDisconnected is final until Reconnect().
//  * After cancellation every call returns kCancelled.
//  * Not thread-safe: one caller at a time.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "protocol/base/cancellation.h"
#include "protocol/base/clock.h"
#include "protocol/base/result.h"

namespace mtkrig::protocol {

struct UsbId {
  std::uint16_t vendor = 0;
  std::uint16_t product = 0;
  friend bool operator==(const UsbId&, const UsbId&) = default;
};

struct TransportInfo {
  std::string moniker;          // as the user would name it again: "emulator:mt6577", "usb:1-1.4"
  std::optional<UsbId> usb_id;  // of the device as it is enumerated now
};

class Transport {
 public:
  Transport() = default;
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Reads at least one byte and at most buffer.size(), returning as soon as some are there.
  Result<std::size_t> ReadSome(std::span<std::uint8_t> buffer, Duration timeout);
  // Fills the buffer. The timeout covers the whole call.
  Result<void> ReadExact(std::span<std::uint8_t> buffer, Duration timeout);
  // Sends all bytes. Returns when the device (or its driver) has taken them.
  Result<void> Write(std::span<const std::uint8_t> data, Duration timeout);
  // Waits for the phone to enumerate again on the same port (BROM to preloader, speed switch) and
  // opens it. Unread bytes of the old enumeration are gone.
  Result<void> Reconnect(Duration timeout);

  virtual Clock& clock() = 0;
  virtual TransportInfo info() const = 0;

  // Must outlive the transport; null removes it. Decorators pass it on.
  virtual void set_cancellation(const Cancellation* cancellation) { cancellation_ = cancellation; }

 protected:
  const Cancellation* cancellation() const { return cancellation_; }

 private:
  // Called with non-empty spans and a timeout >= 0 that is already checked against cancellation.
  virtual Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) = 0;
  virtual Result<void> DoWrite(std::span<const std::uint8_t> data, Duration timeout) = 0;
  virtual Result<void> DoReconnect(Duration timeout);

  Result<void> CheckUsable(Duration timeout) const;

  const Cancellation* cancellation_ = nullptr;
};

}  // namespace mtkrig::protocol
