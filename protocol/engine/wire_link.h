#pragma once

// Fields over a guarded transport: big-endian integers, echoes and acks, each with its deadline and
// an error that names the step.

#include <array>
#include <concepts>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/engine/read_only_transport.h"

namespace mtkrig::protocol {

class WireLink {
 public:
  WireLink(ReadOnlyTransport& device, Duration reply_timeout)
      : device_(device), reply_timeout_(reply_timeout) {}

  ReadOnlyTransport& device() { return device_; }
  Duration reply_timeout() const { return reply_timeout_; }

  Result<void> Send(ByteSpan data);
  template <std::unsigned_integral T>
  Result<void> SendInteger(T value) {
    std::array<std::uint8_t, sizeof(T)> bytes = {};
    StoreBe<T>(bytes, value);
    return Send(bytes);
  }

  Result<void> Receive(std::span<std::uint8_t> buffer);
  Result<void> Receive(std::span<std::uint8_t> buffer, Duration timeout);
  Result<std::vector<std::uint8_t>> ReceiveBytes(std::size_t count);
  template <std::unsigned_integral T>
  Result<T> ReceiveInteger() {
    return ReceiveInteger<T>(reply_timeout_);
  }
  template <std::unsigned_integral T>
  Result<T> ReceiveInteger(Duration timeout) {
    std::array<std::uint8_t, sizeof(T)> bytes = {};
    TRY(Receive(bytes, timeout));
    return LoadBe<T>(bytes);
  }

  // Sends bytes that the phone sends back before anything else. kProtocol if it sends others.
  Result<void> SendEchoed(ByteSpan data);
  template <std::unsigned_integral T>
  Result<void> SendEchoed(T value) {
    std::array<std::uint8_t, sizeof(T)> bytes = {};
    StoreBe<T>(bytes, value);
    return SendEchoed(ByteSpan(bytes));
  }

  // Throws away what arrives until the line is quiet for `quiet`.
  Result<void> Discard(Duration quiet);

 private:
  ReadOnlyTransport& device_;
  Duration reply_timeout_;
};

}  // namespace mtkrig::protocol
