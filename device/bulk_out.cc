#include "device/bulk_out.h"

#include <fmt/format.h>

namespace mtkrig::device {
namespace {

constexpr std::size_t kLargestTransfer = std::size_t{256} * 1024;
constexpr int kMaxStalls = 2;
constexpr Duration kCancelWithin = std::chrono::seconds(1);

void LIBUSB_CALL OnDone(libusb_transfer* transfer) {
  *static_cast<bool*>(transfer->user_data) = true;
}

}  // namespace

BulkOut::BulkOut(UsbHandle& handle)
    : handle_(&handle), api_(&handle.api()), transfer_(handle.api().AllocTransfer()) {}

BulkOut::~BulkOut() {
  if (transfer_ != nullptr) api_->FreeTransfer(transfer_);
}

Result<void> BulkOut::Write(ByteSpan data, const Deadline& deadline,
                            const Cancellation* cancellation) {
  stalls_ = 0;
  std::size_t sent = 0;
  while (sent < data.size()) {
    const std::size_t length = std::min(kLargestTransfer, data.size() - sent);
    TRY_ASSIGN(const std::size_t taken, Send(data.subspan(sent, length), deadline, cancellation));
    sent += taken;
    if (taken > 0) stalls_ = 0;
    if (!done_ || transfer_->status == LIBUSB_TRANSFER_CANCELLED) {
      if (IsCancelled(cancellation)) return CancelledError();
      return Error(ErrorCode::kTimeout,
                   fmt::format("the phone took {} of {} bytes and then no more", sent, data.size()))
          .AtOffset(sent);
    }
    TRY(Judge(cancellation));
  }
  return Ok();
}

Result<std::size_t> BulkOut::Send(ByteSpan piece, const Deadline& deadline,
                                  const Cancellation* cancellation) {
  if (transfer_ == nullptr || !healthy_) {
    return Error(ErrorCode::kTransport, "the host has no memory for a USB transfer");
  }
  // A copy, so that the caller's bytes are his own again whatever becomes of the transfer.
  buffer_.assign(piece.begin(), piece.end());
  libusb_fill_bulk_transfer(transfer_, handle_->get(), handle_->port().out_endpoint, buffer_.data(),
                            static_cast<int>(buffer_.size()), &OnDone, &done_, 0);
  transfer_->actual_length = 0;
  done_ = false;
  if (const int status = api_->SubmitTransfer(transfer_); status != 0) {
    done_ = true;
    return handle_->SubmitError(status, "write to the phone", cancellation);
  }
  while (!done_ && !deadline.passed() && !IsCancelled(cancellation)) {
    api_->WaitEvents(deadline.left(), cancellation);
  }
  if (!done_) {
    api_->CancelTransfer(transfer_);
    const Deadline give_up(handle_->clock(), kCancelWithin);
    while (!done_ && !give_up.passed()) api_->WaitEvents(give_up.left(), nullptr);
    healthy_ = done_;
  }
  return done_ ? static_cast<std::size_t>(transfer_->actual_length) : 0;
}

Result<void> BulkOut::Judge(const Cancellation* cancellation) {
  switch (transfer_->status) {
    case LIBUSB_TRANSFER_COMPLETED:
      return Ok();
    case LIBUSB_TRANSFER_NO_DEVICE:
      return UsbGoneError();
    case LIBUSB_TRANSFER_STALL: {
      const int status = api_->ClearHalt(handle_->get(), handle_->port().out_endpoint);
      if (status != 0) return UsbError(status, "clear the stalled OUT endpoint");
      if (++stalls_ < kMaxStalls) return Ok();
      return Error(ErrorCode::kTransport, "the phone refuses the data (its OUT endpoint stalls)")
          .WithHint("power the phone off and plug it in again");
    }
    default:
      return handle_->Diagnose(cancellation);
  }
}

}  // namespace mtkrig::device
