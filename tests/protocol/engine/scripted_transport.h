#pragma once

// A phone made of a script: the bytes that the host must send and what is answered to them, in
// order. A deviation fails the test at the byte where it happens. Time is virtual.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/transport.h"

namespace mtkrig::protocol {

// "a0 5f, 00" in hex, with any separators between bytes.
std::vector<std::uint8_t> Hex(std::string_view text);
std::vector<std::uint8_t> Repeat(std::uint8_t byte, std::size_t count);

class VirtualClock final : public Clock {
 public:
  TimePoint Now() const override { return now_; }
  void SleepFor(Duration duration) override { now_ += duration; }

 private:
  TimePoint now_;
};

class ScriptedTransport final : public Transport {
 public:
  // How replies arrive: as they were scripted, one byte at a time, or all that is there at once.
  enum class Split { kAsScripted, kBytewise, kJoined };

  ScriptedTransport() = default;

  // The host must send these bytes next.
  ScriptedTransport& Host(std::vector<std::uint8_t> bytes);
  ScriptedTransport& Host(std::string_view hex) { return Host(Hex(hex)); }
  // The phone sends these bytes once everything scripted before has happened.
  ScriptedTransport& Phone(std::vector<std::uint8_t> bytes);
  ScriptedTransport& Phone(std::string_view hex) { return Phone(Hex(hex)); }
  // The phone sends back what the host must send.
  ScriptedTransport& Echo(std::string_view hex);
  // The next read or write fails, once.
  ScriptedTransport& Fail(ErrorCode code);
  // Expects a Reconnect() here, and answers it.
  ScriptedTransport& ExpectReconnect();

  void set_split(Split split) { split_ = split; }
  // Whether the whole script has happened.
  bool done() const { return steps_.empty(); }
  // What is left of the script, for failure messages.
  std::string Rest() const;
  // All that has left the host.
  const std::vector<std::uint8_t>& sent() const { return sent_; }

  Clock& clock() override { return clock_; }
  TransportInfo info() const override { return {.moniker = "test:script", .usb_id = {}}; }

 private:
  enum class Kind { kHost, kPhone, kFail, kReconnect };
  struct Step {
    Kind kind = Kind::kHost;
    std::vector<std::uint8_t> bytes;
    ErrorCode code = ErrorCode::kTransport;
  };

  Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) override;
  Result<void> DoWrite(std::span<const std::uint8_t> data, Duration timeout) override;
  Result<void> DoReconnect(Duration timeout) override;

  VirtualClock clock_;
  Split split_ = Split::kAsScripted;
  std::deque<Step> steps_;
  std::size_t at_ = 0;  // bytes of the first step that have happened
  std::vector<std::uint8_t> sent_;
};

}  // namespace mtkrig::protocol
