#include "device/bulk_in.h"

#include <cstring>

namespace mtkrig::device {
namespace {

// In packets, since a slow line gets smaller transfers then: 1 MiB at high speed, 128 KiB at full
// speed, which are 25 to 120 ms of either. An agent's packet of 1 MiB is one behind its listener,
// so that a slow kernel has little to do for it.
constexpr std::size_t kLargestPackets = 2048;
// The kernel on this machine takes the next transfer in less time than a phone needs for a packet.
constexpr std::size_t kListeners = 1;
// Up to here a transfer gets a buffer of its own size.
constexpr std::size_t kSmall = 1024;
constexpr int kMaxFailures = 3;
constexpr Duration kDrainWithin = std::chrono::seconds(1);

}  // namespace

struct BulkIn::Slot {
  Slot(UsbApi& usb_api, std::size_t bytes)
      : api(&usb_api),
        transfer(usb_api.AllocTransfer()),
        capacity(bytes),
        buffer(std::make_unique_for_overwrite<std::uint8_t[]>(bytes)) {}
  ~Slot() {
    if (transfer != nullptr) api->FreeTransfer(transfer);
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  std::size_t received() const { return static_cast<std::size_t>(transfer->actual_length); }

  UsbApi* api;
  libusb_transfer* transfer;
  std::size_t capacity;
  std::unique_ptr<std::uint8_t[]> buffer;
  std::size_t taken = 0;
  bool done = false;
};

BulkIn::BulkIn(UsbHandle& handle)
    : handle_(&handle),
      largest_(kLargestPackets * handle.port().in_packet),
      plan_(handle.port().in_packet, largest_, kListeners) {}

BulkIn::~BulkIn() = default;

void LIBUSB_CALL BulkIn::OnDone(libusb_transfer* transfer) {
  static_cast<Slot*>(transfer->user_data)->done = true;
}

Result<std::size_t> BulkIn::Take(std::span<std::uint8_t> buffer, const Cancellation* cancellation) {
  std::size_t count = 0;
  while (count < buffer.size() && !queue_.empty() && queue_.front()->done) {
    Slot& slot = *queue_.front();
    const std::size_t part = std::min(buffer.size() - count, slot.received() - slot.taken);
    std::memcpy(buffer.data() + count, slot.buffer.get() + slot.taken, part);
    slot.taken += part;
    count += part;
    if (slot.taken < slot.received()) break;
    // The reader gets his bytes before the news that came behind them.
    if (count > 0 && slot.transfer->status != LIBUSB_TRANSFER_COMPLETED &&
        slot.transfer->status != LIBUSB_TRANSFER_CANCELLED) {
      break;
    }
    TRY(JudgeFront(cancellation));
  }
  return count;
}

Result<void> BulkIn::JudgeFront(const Cancellation* cancellation) {
  const Slot& slot = *queue_.front();
  const libusb_transfer_status status = slot.transfer->status;
  failures_ = slot.received() > 0 || status == LIBUSB_TRANSFER_COMPLETED ? 0 : failures_;
  Recycle();
  switch (status) {
    case LIBUSB_TRANSFER_NO_DEVICE:
      return UsbGoneError();
    case LIBUSB_TRANSFER_STALL:
      return ClearStall();
    case LIBUSB_TRANSFER_OVERFLOW:
      return Error(ErrorCode::kTransport,
                   "the phone sent a larger USB packet than its own "
                   "descriptors allow (babble)")
          .WithHint("try another cable or port; power the phone off and plug it in again");
    case LIBUSB_TRANSFER_ERROR: {
      Error error = handle_->Diagnose(cancellation);
      if (error.code() != ErrorCode::kTransport || ++failures_ >= kMaxFailures) return error;
      return Ok();
    }
    default:
      return Ok();
  }
}

Result<void> BulkIn::ClearStall() {
  Drain();
  // The others of the queue failed for the same reason.
  for (const auto& slot : queue_) {
    if (slot->done && slot->transfer->status == LIBUSB_TRANSFER_STALL) {
      slot->transfer->status = LIBUSB_TRANSFER_CANCELLED;
    }
  }
  const int status = handle_->api().ClearHalt(handle_->get(), handle_->port().in_endpoint);
  if (status != 0) return UsbError(status, "clear the stalled IN endpoint");
  if (++failures_ >= kMaxFailures) {
    return Error(ErrorCode::kTransport, "the phone stalls its IN endpoint again and again")
        .WithHint("power the phone off and plug it in again");
  }
  return Ok();
}

Result<void> BulkIn::Pump(std::size_t wanted, const Cancellation* cancellation) {
  while (const std::optional<std::size_t> size = plan_.Next(wanted)) {
    TRY_ASSIGN(const bool submitted, Submit(*size, cancellation));
    if (!submitted) break;
  }
  return Ok();
}

// False if the host has no memory for one more beside those in flight.
Result<bool> BulkIn::Submit(std::size_t size, const Cancellation* cancellation) {
  std::unique_ptr<Slot> slot = NewSlot(size);
  int status = LIBUSB_ERROR_NO_MEM;
  if (slot->transfer != nullptr) {
    libusb_fill_bulk_transfer(slot->transfer, handle_->get(), handle_->port().in_endpoint,
                              slot->buffer.get(), static_cast<int>(size), &BulkIn::OnDone,
                              slot.get(), 0);
    slot->transfer->actual_length = 0;
    slot->taken = 0;
    slot->done = false;
    status = handle_->api().SubmitTransfer(slot->transfer);
  }
  if (status == 0) {
    plan_.Submitted(size);
    queue_.push_back(std::move(slot));
    return true;
  }
  if (status == LIBUSB_ERROR_NO_MEM && plan_.Shrink()) return true;
  if (status == LIBUSB_ERROR_NO_MEM && !plan_.empty()) return false;
  Error error = handle_->SubmitError(status, "read from the phone", cancellation);
  if (status == LIBUSB_ERROR_NO_MEM) {
    error.WithHint(
        "raise /sys/module/usbcore/parameters/usbfs_memory_mb, or end other programs "
        "that use USB");
  }
  return error;
}

std::unique_ptr<BulkIn::Slot> BulkIn::NewSlot(std::size_t size) {
  for (auto it = idle_.begin(); it != idle_.end(); ++it) {
    // A listener in a large buffer would leave none for those who need it.
    const bool fits = (*it)->capacity >= size && ((*it)->capacity == size || size > kSmall);
    if (!fits) continue;
    std::unique_ptr<Slot> slot = std::move(*it);
    idle_.erase(it);
    return slot;
  }
  return std::make_unique<Slot>(handle_->api(), size > kSmall ? largest_ : size);
}

void BulkIn::Recycle() {
  plan_.Erase(0);
  idle_.push_back(std::move(queue_.front()));
  queue_.pop_front();
}

bool BulkIn::Drain() {
  for (auto it = queue_.rbegin(); it != queue_.rend(); ++it) {
    if (!(*it)->done) handle_->api().CancelTransfer((*it)->transfer);
  }
  const auto all_done = [this] {
    return std::all_of(queue_.begin(), queue_.end(), [](const auto& slot) { return slot->done; });
  };
  const Deadline deadline(handle_->clock(), kDrainWithin);
  while (!all_done() && !deadline.passed()) {
    handle_->api().WaitEvents(deadline.left(), nullptr);
  }
  return all_done();
}

}  // namespace mtkrig::device
