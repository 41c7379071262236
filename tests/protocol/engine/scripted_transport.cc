#include "tests/protocol/engine/scripted_transport.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "protocol/base/bytes.h"

namespace mtkrig::protocol {

std::vector<std::uint8_t> Hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  int high = -1;
  for (const char c : text) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) continue;
    const int lower = std::tolower(static_cast<unsigned char>(c));
    const int digit = lower <= '9' ? lower - '0' : lower - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<std::uint8_t>(high * 16 + digit));
      high = -1;
    }
  }
  EXPECT_EQ(high, -1) << "odd number of hex digits in " << text;
  return bytes;
}

std::vector<std::uint8_t> Repeat(std::uint8_t byte, std::size_t count) {
  return std::vector<std::uint8_t>(count, byte);
}

ScriptedTransport& ScriptedTransport::Host(std::vector<std::uint8_t> bytes) {
  steps_.push_back({.kind = Kind::kHost, .bytes = std::move(bytes), .code = {}});
  return *this;
}

ScriptedTransport& ScriptedTransport::Phone(std::vector<std::uint8_t> bytes) {
  if (!bytes.empty()) {
    steps_.push_back({.kind = Kind::kPhone, .bytes = std::move(bytes), .code = {}});
  }
  return *this;
}

ScriptedTransport& ScriptedTransport::Echo(std::string_view hex) {
  return Host(hex).Phone(hex);
}

ScriptedTransport& ScriptedTransport::Fail(ErrorCode code) {
  steps_.push_back({.kind = Kind::kFail, .bytes = {}, .code = code});
  return *this;
}

ScriptedTransport& ScriptedTransport::ExpectReconnect() {
  steps_.push_back({.kind = Kind::kReconnect, .bytes = {}, .code = {}});
  return *this;
}

std::string ScriptedTransport::Rest() const {
  std::string rest = fmt::format("{} steps left, {} bytes into the first", steps_.size(), at_);
  for (std::size_t i = 0; i < std::min<std::size_t>(steps_.size(), 4); ++i) {
    const Step& step = steps_[i];
    rest += fmt::format(
        "\n  {} {}", step.kind == Kind::kHost ? "h>" : "d>",
        ToHex(ByteSpan(step.bytes).first(std::min<std::size_t>(step.bytes.size(), 32))));
  }
  return rest;
}

Result<std::size_t> ScriptedTransport::DoReadSome(std::span<std::uint8_t> buffer,
                                                  Duration timeout) {
  if (!steps_.empty() && steps_.front().kind == Kind::kFail) {
    const ErrorCode code = steps_.front().code;
    steps_.pop_front();
    return Error(code, "scripted failure");
  }
  std::size_t count = 0;
  while (count < buffer.size() && !steps_.empty() && steps_.front().kind == Kind::kPhone) {
    const std::vector<std::uint8_t>& bytes = steps_.front().bytes;
    std::size_t take = std::min(buffer.size() - count, bytes.size() - at_);
    if (split_ == Split::kBytewise) take = 1;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at_), take,
                buffer.begin() + static_cast<std::ptrdiff_t>(count));
    count += take;
    at_ += take;
    if (at_ == bytes.size()) {
      steps_.pop_front();
      at_ = 0;
    }
    if (split_ != Split::kJoined) break;
  }
  if (count != 0) return count;
  clock_.SleepFor(timeout);
  return Error(ErrorCode::kTimeout, "nothing came");
}

Result<void> ScriptedTransport::DoWrite(std::span<const std::uint8_t> data, Duration /*timeout*/) {
  for (const std::uint8_t byte : data) {
    while (!steps_.empty() && steps_.front().kind == Kind::kHost &&
           at_ == steps_.front().bytes.size()) {
      steps_.pop_front();
      at_ = 0;
    }
    if (!steps_.empty() && steps_.front().kind == Kind::kFail) {
      const ErrorCode code = steps_.front().code;
      steps_.pop_front();
      return Error(code, "scripted failure");
    }
    if (steps_.empty() || steps_.front().kind != Kind::kHost) {
      ADD_FAILURE() << fmt::format("the host sent {:02x} (of {}) where the script has: {}", byte,
                                   ToHex(data.first(std::min<std::size_t>(data.size(), 32))),
                                   Rest());
      return Error(ErrorCode::kTransport, "off the script");
    }
    const std::uint8_t expected = steps_.front().bytes[at_];
    if (byte != expected) {
      ADD_FAILURE() << fmt::format("the host sent {:02x} instead of {:02x} after {} bytes; {}",
                                   byte, expected, sent_.size(), Rest());
      return Error(ErrorCode::kTransport, "off the script");
    }
    sent_.push_back(byte);
    ++at_;
  }
  if (!steps_.empty() && steps_.front().kind == Kind::kHost && at_ == steps_.front().bytes.size()) {
    steps_.pop_front();
    at_ = 0;
  }
  return Ok();
}

Result<void> ScriptedTransport::DoReconnect(Duration /*timeout*/) {
  if (steps_.empty() || steps_.front().kind != Kind::kReconnect) {
    ADD_FAILURE() << "an unexpected Reconnect()";
    return Error(ErrorCode::kTransport, "off the script");
  }
  steps_.pop_front();
  return Ok();
}

}  // namespace mtkrig::protocol
