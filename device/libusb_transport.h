#pragma once

// A phone on this machine's USB, through libusb. No kernel driver is needed and none is left
// detached; no threads.
//
//   usb        any known MediaTek id      usb:1-1.4   on this port      usb:0e8d:2000   with this
//   id
//
// Reconnect() follows the phone on its port: from BROM to preloader, or to 0e8d:2001 after a speed
// switch.

#include <memory>

#include "device/bulk_in.h"
#include "device/bulk_out.h"
#include "device/discovery_observer.h"
#include "device/selectors.h"
#include "device/usb_finder.h"

namespace mtkrig::device {

// What a LibusbTransport stands on; a test brings its own.
struct UsbHost {
  std::unique_ptr<UsbBus> bus;
  std::unique_ptr<UsbApi> api;
  std::unique_ptr<Clock> clock;
};

class LibusbTransport final : public Transport {
 public:
  // Waits until the phone is there, 0 for not at all. `cancellation` stays set on the transport;
  // it and the observer, which is not used after the return, may be null. kNotFound,
  // kPermissionDenied, kBusy, kCancelled, kInvalidArgument (several phones fit).
  static Result<std::unique_ptr<LibusbTransport>> Open(UsbHost host, const UsbSelector& selector,
                                                       Duration wait,
                                                       const Cancellation* cancellation,
                                                       DiscoveryObserver* observer);
  ~LibusbTransport() override;
  LibusbTransport(const LibusbTransport&) = delete;
  LibusbTransport& operator=(const LibusbTransport&) = delete;

  Clock& clock() override { return *host_.clock; }
  TransportInfo info() const override;

 private:
  explicit LibusbTransport(UsbHost host) : host_(std::move(host)) {}

  Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) override;
  Result<void> DoWrite(ByteSpan data, Duration timeout) override;
  Result<void> DoReconnect(Duration timeout) override;

  Result<void> Connect(const UsbSelector& selector, const Deadline& deadline,
                       std::optional<unsigned> old_address, DiscoveryObserver* observer);
  Result<void> OpenPipes(const UsbDevice& device, const Deadline& deadline);
  Result<std::size_t> WaitAndTake(std::span<std::uint8_t> buffer, const Deadline& deadline);
  // A phone that went away is let go of at once, and stays away until Reconnect().
  Error Fail(Error error);
  void Close();

  UsbHost host_;
  UsbDevice device_;
  std::optional<UsbId> asked_id_;
  std::unique_ptr<UsbHandle> handle_;  // the two below go with it
  std::unique_ptr<BulkIn> in_;
  std::unique_ptr<BulkOut> out_;
};

}  // namespace mtkrig::device
