#pragma once

// A firmware that does what a test says.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "emulator/usb/usb_function.h"

namespace mtkrig::emulator {

// "12 01" or "1201" to bytes.
inline std::vector<std::uint8_t> FromHex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  int high = -1;
  for (const char character : text) {
    int digit = -1;
    if (character >= '0' && character <= '9') digit = character - '0';
    if (character >= 'a' && character <= 'f') digit = character - 'a' + 10;
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<std::uint8_t>(high << 4 | digit));
      high = -1;
    }
  }
  return bytes;
}

inline DeviceDescription PreloaderDescription() {
  return {.manufacturer = "MediaTek Inc", .product = "MT65xx Preloader", .serial = {}};
}
inline DeviceDescription BootRomDescription() {
  return {.product_id = 0x0003,
          .manufacturer = {},
          .product = {},
          .serial = {},
          .speed = UsbSpeed::kFull,
          .layout = InterfaceLayout::kBootRom};
}

class ScriptedOutput {
 public:
  void Send(std::vector<std::uint8_t> transfer) { transfers_.push_back(std::move(transfer)); }
  bool has_output() const { return !transfers_.empty(); }
  OutputChunk Take(std::span<std::uint8_t> out) {
    if (transfers_.empty()) return {};
    std::vector<std::uint8_t>& front = transfers_.front();
    const std::size_t count = std::min(out.size(), front.size() - taken_);
    std::copy_n(front.begin() + static_cast<std::ptrdiff_t>(taken_), count, out.begin());
    taken_ += count;
    const bool ends = taken_ == front.size();
    if (ends) {
      transfers_.pop_front();
      taken_ = 0;
    }
    return {.count = count, .ends_transfer = ends};
  }

 private:
  std::deque<std::vector<std::uint8_t>> transfers_;
  std::size_t taken_ = 0;
};

// Base is UsbFunction or an interface derived from it.
template <typename Base>
class FakeFunctionOf : public Base {
 public:
  const DeviceDescription* description() const override {
    return on_bus ? &device_description : nullptr;
  }
  std::uint64_t enumeration() const override { return enumerations; }
  void SetConfigured(bool now_configured) override { configured = now_configured; }
  std::size_t HostWrote(protocol::ByteSpan bytes) override {
    const std::size_t count = std::min(bytes.size(), input_room);
    input_room -= count;
    written.insert(written.end(), bytes.begin(),
                   bytes.begin() + static_cast<std::ptrdiff_t>(count));
    if (leaves_bus_when_written) LeaveBus();
    if (when_written) when_written(bytes.first(count));
    return count;
  }
  bool has_output() const override { return output.has_output(); }
  OutputChunk TakeOutput(std::span<std::uint8_t> out) override {
    largest_request = std::max(largest_request, out.size());
    return output.Take(out);
  }
  std::optional<protocol::TimePoint> NextWake() const override { return next_wake; }
  void AdvanceTo(protocol::TimePoint now) override {
    time = now;
    if (!next_wake || *next_wake > now) return;
    next_wake.reset();
    if (when_woken) when_woken();
  }

  void LeaveBus() {
    on_bus = false;
    ++enumerations;
  }

  DeviceDescription device_description = PreloaderDescription();
  std::function<void(protocol::ByteSpan)> when_written;
  std::function<void()> when_woken;
  bool on_bus = true;
  bool leaves_bus_when_written = false;
  std::uint64_t enumerations = 1;
  bool configured = false;
  std::size_t input_room = std::size_t{1} << 30;
  std::size_t largest_request = 0;
  std::vector<std::uint8_t> written;
  ScriptedOutput output;
  std::optional<protocol::TimePoint> next_wake;
  protocol::TimePoint time;
};

using FakeFunction = FakeFunctionOf<UsbFunction>;

}  // namespace mtkrig::emulator
