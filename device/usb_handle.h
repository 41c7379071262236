#pragma once

// A phone's USB device, opened for its byte stream: drivers of the kernel detached, interfaces
// claimed, line set. All of it is given back when the handle is destroyed.

#include <memory>
#include <vector>

#include "device/usb_api.h"
#include "device/usb_descriptors.h"

namespace mtkrig::device {

class UsbHandle {
 public:
  // One attempt. kPermissionDenied and kBusy say what to do; kDisconnected if the device has gone
  // meanwhile.
  static Result<std::unique_ptr<UsbHandle>> Open(UsbApi& api, UsbBus& bus, Clock& clock,
                                                 const UsbDevice& device);
  ~UsbHandle();
  UsbHandle(const UsbHandle&) = delete;
  UsbHandle& operator=(const UsbHandle&) = delete;

  UsbApi& api() { return *api_; }
  Clock& clock() { return *clock_; }
  libusb_device_handle* get() { return handle_; }
  const BulkPort& port() const { return port_; }

  // After a transfer failed with what a pulled plug and a bad cable have in common: kDisconnected
  // if the kernel finds the device gone within a moment, kTransport if it stays.
  Error Diagnose(const Cancellation* cancellation);

 private:
  UsbHandle(UsbApi& api, Clock& clock, const BulkPort& port)
      : api_(&api), clock_(&clock), port_(port) {}

  Result<void> Claim(std::uint8_t interface, UsbBus& bus, const UsbDevice& device);
  void SetLine();

  UsbApi* api_;
  Clock* clock_;
  BulkPort port_;
  libusb_device_handle* handle_ = nullptr;
  std::vector<std::uint8_t> claimed_;
  std::vector<std::uint8_t> detached_;
};

// A libusb error as an Error: kDisconnected, kPermissionDenied, kBusy or kTransport.
Error UsbError(int status, std::string_view what);
Error UsbGoneError();

}  // namespace mtkrig::device
