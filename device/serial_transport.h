#pragma once

// A phone behind the kernel's cdc_acm driver, for hosts where libusb is not allowed:
// serial:/dev/ttyACM0.
//
// Reconnect() waits for the line to hang up and then for a serial port on the same USB port, which
// may have another number; a port that is not one of USB is waited for by its name.

#include <termios.h>

#include <filesystem>
#include <memory>

#include "device/common.h"
#include "device/discovery_observer.h"
#include "device/selectors.h"

namespace mtkrig::device {

class SerialTransport final : public Transport {
 public:
  // Waits until the node is there and may be opened, 0 for not at all. `cancellation` stays set on
  // the transport; it and the observer may be null. `root` stands in for "/" when sysfs is asked.
  // kNotFound, kPermissionDenied, kBusy, kCancelled, kInvalidArgument (not a serial port).
  static Result<std::unique_ptr<SerialTransport>> Open(const SerialSelector& selector,
                                                       Duration wait,
                                                       const Cancellation* cancellation,
                                                       DiscoveryObserver* observer,
                                                       const std::filesystem::path& root = "/");
  ~SerialTransport() override;
  SerialTransport(const SerialTransport&) = delete;
  SerialTransport& operator=(const SerialTransport&) = delete;

  Clock& clock() override { return clock_; }
  TransportInfo info() const override;

 private:
  SerialTransport(SerialSelector selector, std::filesystem::path root)
      : path_(std::move(selector.path)), root_(std::move(root)) {}

  Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) override;
  Result<void> DoWrite(ByteSpan data, Duration timeout) override;
  Result<void> DoReconnect(Duration timeout) override;

  Result<void> WaitAndOpen(const Deadline& deadline, DiscoveryObserver* observer);
  Result<void> OpenNode(const std::string& path);
  Result<void> SetRaw();
  Result<void> WaitForHangup(const Deadline& deadline);
  std::string CurrentPath() const;
  Error Hangup();
  void Close();

  SteadyClock clock_;
  std::string path_;  // as the user named it
  std::filesystem::path root_;
  std::string port_path_;  // of USB; empty if the port is none of USB's
  std::optional<UsbId> usb_id_;
  UniqueFd fd_;
  termios before_ = {};
};

}  // namespace mtkrig::device
