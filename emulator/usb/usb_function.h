#pragma once

// What stands behind the endpoints of a USB device: the phone's firmware, or a fake in a test. It
// knows bytes and time, and nothing of packets, requests or sockets.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "emulator/usb/device_description.h"
#include "protocol/base/bytes.h"
#include "protocol/base/clock.h"

namespace mtkrig::emulator {

// A piece of what the phone sends.
struct OutputChunk {
  std::size_t count = 0;
  bool ends_transfer = false;  // the phone's transfer ends with this piece
};

class UsbFunction {
 public:
  UsbFunction() = default;
  virtual ~UsbFunction() = default;
  UsbFunction(const UsbFunction&) = delete;
  UsbFunction& operator=(const UsbFunction&) = delete;

  // Null while the phone is not on the bus. Valid until enumeration() changes.
  virtual const DeviceDescription* description() const = 0;
  // Another number each time the phone comes onto the bus or leaves it.
  virtual std::uint64_t enumeration() const = 0;

  // A host has selected a configuration, or no longer has one. Phones send nothing before that.
  virtual void SetConfigured(bool configured) = 0;
  // Hands over bytes that the host wrote. Returns how many the phone took: while it does not take
  // all, the OUT endpoint NAKs, and the rest is offered again when the host has read or time has
  // passed. So a host that writes and never reads costs no memory.
  virtual std::size_t HostWrote(protocol::ByteSpan bytes) = 0;
  // Whether the phone has bytes for the host.
  virtual bool has_output() const = 0;
  // Moves bytes of the transfer that the phone sends now into `out`, which they fill unless the
  // transfer ends before. Requires a non-empty `out`.
  virtual OutputChunk TakeOutput(std::span<std::uint8_t> out) = 0;

  // When the phone does something by itself next; empty: only when the host does.
  virtual std::optional<protocol::TimePoint> NextWake() const = 0;
  // Time passes. `now` never goes back.
  virtual void AdvanceTo(protocol::TimePoint now) = 0;
};

}  // namespace mtkrig::emulator
