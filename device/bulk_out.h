#pragma once

// The bulk OUT endpoint of an open phone.
//
// No zero-length packet is sent behind data that fills its last packet: the phone's commands carry
// their lengths and it counts bytes. Of the known hosts one sends them behind SEND_DA's data and
// others do not, and phones take both; a stray one is the only thing that could confuse.

#include "device/usb_handle.h"

namespace mtkrig::device {

class BulkOut {
 public:
  // May be destroyed after the handle, but not used.
  explicit BulkOut(UsbHandle& handle);
  ~BulkOut();
  BulkOut(const BulkOut&) = delete;
  BulkOut& operator=(const BulkOut&) = delete;

  // Returns when the phone has taken all bytes. After any error nothing of `data` is in use any
  // more; an endpoint that stalls is cleared, and the rest is sent once more.
  Result<void> Write(ByteSpan data, const Deadline& deadline, const Cancellation* cancellation);

  // False after a transfer did not come back when it was cancelled: close the handle.
  bool healthy() const { return healthy_; }

 private:
  // One transfer, over when it returns; the bytes that the phone took.
  Result<std::size_t> Send(ByteSpan piece, const Deadline& deadline,
                           const Cancellation* cancellation);
  Result<void> Judge(const Cancellation* cancellation);

  UsbHandle* handle_;
  UsbApi* api_;
  libusb_transfer* transfer_;
  std::vector<std::uint8_t> buffer_;
  bool done_ = true;
  bool healthy_ = true;
  int stalls_ = 0;  // in a row, without a byte between them
};

}  // namespace mtkrig::device
