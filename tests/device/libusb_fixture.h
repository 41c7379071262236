#pragma once

// A LibusbTransport in a UsbWorld (fake_usb.h).

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "device/libusb_transport.h"
#include "tests/device/fake_usb.h"

namespace mtkrig::device::testing {

inline std::vector<std::uint8_t> Pattern(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + (i >> 9));
  return bytes;
}

class RecordingObserver final : public DiscoveryObserver {
 public:
  void OnWaiting(std::string_view text) override { lines.push_back(fmt::format("wait: {}", text)); }
  void OnFound(std::string_view text) override { lines.push_back(fmt::format("found: {}", text)); }
  std::vector<std::string> lines;
};

class LibusbTransportTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<LibusbTransport>> Open(std::string_view tail = "",
                                                Duration wait = Duration::zero()) {
    return LibusbTransport::Open(world_.Host(), *ParseUsbSelector(tail), wait, &stop_, &observer_);
  }
  // An open preloader; the log starts behind the opening.
  std::unique_ptr<LibusbTransport> OpenPreloader() {
    world_.Plug(Preloader());
    auto transport = Open();
    EXPECT_TRUE(transport.has_value()) << transport.error().Describe();
    world_.log.clear();
    return *std::move(transport);
  }

  UsbWorld world_;
  Cancellation stop_;
  RecordingObserver observer_;
};

}  // namespace mtkrig::device::testing
