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
  // What is passed must outlive the handle, but for the device.
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
  // if the kernel finds the device gone, or without its configuration, within a moment; kTransport
  // if it stays.
  Error Diagnose(const Cancellation* cancellation);
  // Of a transfer that libusb did not even submit. The kernel refuses those of a device that lost
  // its configuration (ENOENT) or is about to go (EHOSTUNREACH) too, and libusb calls all of that
  // an I/O error: it is diagnosed as that of a transfer.
  Error SubmitError(int status, std::string_view what, const Cancellation* cancellation);

 private:
  UsbHandle(UsbApi& api, UsbBus& bus, Clock& clock, const UsbDevice& device, const BulkPort& port)
      : api_(&api),
        bus_(&bus),
        clock_(&clock),
        number_(device.bus),
        address_(device.address),
        port_(port) {}

  Result<void> Claim(std::uint8_t interface, UsbBus& bus, const UsbDevice& device);
  void SetLine();

  bool HasLostConfiguration();

  UsbApi* api_;
  UsbBus* bus_;
  Clock* clock_;
  unsigned number_;   // of the bus
  unsigned address_;  // on it
  BulkPort port_;
  libusb_device_handle* handle_ = nullptr;
  std::vector<std::uint8_t> claimed_;
  std::vector<std::uint8_t> detached_;
};

// A libusb error as an Error: kDisconnected, kPermissionDenied, kBusy or kTransport.
Error UsbError(int status, std::string_view what);
Error UsbGoneError();

}  // namespace mtkrig::device
