#pragma once

// The bulk IN endpoint of an open phone as a stream, with transfers in flight ahead of the reader.

#include <deque>
#include <memory>
#include <vector>

#include "device/read_ahead.h"
#include "device/usb_handle.h"

namespace mtkrig::device {

class BulkIn {
 public:
  // May be destroyed after the handle, but not used.
  explicit BulkIn(UsbHandle& handle);
  ~BulkIn();
  BulkIn(const BulkIn&) = delete;
  BulkIn& operator=(const BulkIn&) = delete;

  // Moves what has arrived to the buffer; 0 when nothing has. An error stands behind all bytes that
  // arrived before it. A stalled endpoint is cleared and read on.
  Result<std::size_t> Take(std::span<std::uint8_t> buffer, const Cancellation* cancellation);
  // Submits what a reader needs who wants this many bytes; 0 keeps listening.
  Result<void> Pump(std::size_t wanted, const Cancellation* cancellation);
  // A transfer may have bytes that a phone without zero-length packets will not flush
  // (read_ahead.h).
  bool MayHoldBack() const { return plan_.MayHoldBack(); }
  bool HasLarge() const { return plan_.HasLarge(); }
  // Cancels all transfers; what they had is kept for Take(). False if one of them does not come
  // back within a second: its memory is then the kernel's until the handle is closed.
  bool Drain();

 private:
  struct Slot;

  Result<bool> Submit(std::size_t size, const Cancellation* cancellation);
  std::unique_ptr<Slot> NewSlot(std::size_t size);
  void Recycle();
  Result<void> JudgeFront(const Cancellation* cancellation);
  Result<void> ClearStall();
  static void LIBUSB_CALL OnDone(libusb_transfer* transfer);

  UsbHandle* handle_;
  std::size_t largest_;
  ReadAhead plan_;
  std::deque<std::unique_ptr<Slot>> queue_;  // in the order of submission
  std::vector<std::unique_ptr<Slot>> idle_;
  int failures_ = 0;  // transfers in a row that failed and brought nothing
};

}  // namespace mtkrig::device
