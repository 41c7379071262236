#pragma once

// The calls of libusb that mtkrig makes, so that a test can stand in for libusb, the kernel and the
// phone, and take every path that hardware takes only once a year. Values are libusb's own: 0 or a
// negative LIBUSB_ERROR_*.

#include <libusb-1.0/libusb.h>

#include "device/usb_bus.h"

namespace mtkrig::device {

class UsbApi {
 public:
  UsbApi() = default;
  virtual ~UsbApi() = default;
  UsbApi(const UsbApi&) = delete;
  UsbApi& operator=(const UsbApi&) = delete;

  virtual int Open(const UsbDevice& device, libusb_device_handle** handle) = 0;
  virtual void Close(libusb_device_handle* handle) = 0;
  virtual int SetConfiguration(libusb_device_handle* handle, int configuration) = 0;
  // 1 if a driver of the kernel's is bound to the interface.
  virtual int KernelDriverActive(libusb_device_handle* handle, int interface) = 0;
  virtual int DetachKernelDriver(libusb_device_handle* handle, int interface) = 0;
  virtual int AttachKernelDriver(libusb_device_handle* handle, int interface) = 0;
  virtual int ClaimInterface(libusb_device_handle* handle, int interface) = 0;
  virtual int ReleaseInterface(libusb_device_handle* handle, int interface) = 0;
  // A request with data to the device, or none. Bytes sent, or an error.
  virtual int ControlOut(libusb_device_handle* handle, std::uint8_t request_type,
                         std::uint8_t request, std::uint16_t value, std::uint16_t index,
                         std::span<std::uint8_t> data, Duration timeout) = 0;
  virtual int ClearHalt(libusb_device_handle* handle, std::uint8_t endpoint) = 0;

  virtual libusb_transfer* AllocTransfer() = 0;
  virtual void FreeTransfer(libusb_transfer* transfer) = 0;
  virtual int SubmitTransfer(libusb_transfer* transfer) = 0;
  virtual int CancelTransfer(libusb_transfer* transfer) = 0;
  // Calls the callbacks of transfers that are over. Returns when some are, when the time is over or
  // on cancellation, whichever is first; it may return for nothing.
  virtual void WaitEvents(Duration at_most, const Cancellation* cancellation) = 0;
};

}  // namespace mtkrig::device
