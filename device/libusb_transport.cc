#include "device/libusb_transport.h"

#include <fmt/format.h>

namespace mtkrig::device {
namespace {

using std::chrono::milliseconds;

// udev sets a node's rights some time after the kernel made it, and programs that probe every new
// port let go of it again: for so long a refusal need not be the last word.
constexpr Duration kAccessGrace = milliseconds(1000);
// Silence after which bytes that a transfer may hold back are fetched.
constexpr Duration kQuiet = milliseconds(400);

}  // namespace

Result<std::unique_ptr<LibusbTransport>> LibusbTransport::Open(UsbHost host,
                                                               const UsbSelector& selector,
                                                               Duration wait,
                                                               const Cancellation* cancellation,
                                                               DiscoveryObserver* observer) {
  std::unique_ptr<LibusbTransport> transport(new LibusbTransport(std::move(host)));
  transport->set_cancellation(cancellation);
  transport->asked_id_ = selector.id;
  const Deadline deadline(transport->clock(), wait);
  TRY(transport->Connect(selector, deadline, {}, observer));
  return transport;
}

LibusbTransport::~LibusbTransport() {
  Close();
}

TransportInfo LibusbTransport::info() const {
  return {.moniker = fmt::format("usb:{}", device_.port_path), .usb_id = device_.id};
}

Result<void> LibusbTransport::Connect(const UsbSelector& selector, const Deadline& deadline,
                                      std::optional<unsigned> old_address,
                                      DiscoveryObserver* observer) {
  UsbFinder finder(*host_.bus, clock(), observer);
  while (true) {
    TRY_ASSIGN(const UsbDevice device,
               finder.Find(selector, deadline, cancellation(), old_address));
    Result<void> opened = OpenPipes(device, deadline);
    if (opened) {
      device_ = device;
      return Ok();
    }
    // It was gone before it could be opened: a preloader's window may be that short.
    if (opened.error().code() != ErrorCode::kDisconnected || deadline.passed()) return opened;
    host_.bus->WaitForChange(deadline.left(), cancellation());
  }
}

Result<void> LibusbTransport::OpenPipes(const UsbDevice& device, const Deadline& deadline) {
  const Deadline grace(clock(), std::min(kAccessGrace, deadline.left()));
  while (true) {
    auto handle = UsbHandle::Open(*host_.api, *host_.bus, clock(), device);
    if (handle) {
      handle_ = *std::move(handle);
      in_ = std::make_unique<BulkIn>(*handle_);
      out_ = std::make_unique<BulkOut>(*handle_);
      Result<void> listening = in_->Pump(0, cancellation());
      if (!listening) Close();
      return listening;
    }
    const ErrorCode code = handle.error().code();
    const bool may_change = code == ErrorCode::kPermissionDenied || code == ErrorCode::kBusy;
    if (!may_change || grace.passed()) return std::move(handle).error();
    if (IsCancelled(cancellation())) return CancelledError();
    host_.bus->WaitForChange(grace.left(), cancellation());
  }
}

Result<std::size_t> LibusbTransport::DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) {
  if (handle_ == nullptr) return UsbGoneError();
  const Deadline deadline(clock(), timeout);
  auto count = WaitAndTake(buffer, deadline);
  if (!count) return Fail(std::move(count).error());
  return count;
}

Result<std::size_t> LibusbTransport::WaitAndTake(std::span<std::uint8_t> buffer,
                                                 const Deadline& deadline) {
  const Deadline quiet(clock(), kQuiet);
  for (bool looked = false;; looked = true) {
    TRY_ASSIGN(std::size_t count, in_->Take(buffer, cancellation()));
    const bool late = looked && deadline.passed();
    // After the deadline nobody waits for the rest of a large transfer, so it must not stay.
    const bool fetch = late ? in_->HasLarge() : in_->MayHoldBack() && quiet.passed();
    if (count == 0 && fetch) {
      if (!in_->Drain()) {
        return Error(ErrorCode::kDisconnected, "this host's USB no longer answers")
            .WithHint("unplug the phone; if that does not help, the host needs a restart");
      }
      TRY_ASSIGN(count, in_->Take(buffer, cancellation()));
    }
    Result<void> listening = in_->Pump(count > 0 || late ? 0 : buffer.size(), cancellation());
    // Bytes that are here come before the news of a plug that was pulled behind them.
    if (count > 0) return count;
    TRY(std::move(listening));
    if (IsCancelled(cancellation())) return CancelledError();
    if (late) return Error(ErrorCode::kTimeout, "the phone sent nothing within the time it has");
    host_.api->WaitEvents(
        in_->MayHoldBack() ? std::min(quiet.left(), deadline.left()) : deadline.left(),
        cancellation());
  }
}

Result<void> LibusbTransport::DoWrite(ByteSpan data, Duration timeout) {
  if (handle_ == nullptr) return UsbGoneError();
  Result<void> written = out_->Write(data, Deadline(clock(), timeout), cancellation());
  if (!written) return Fail(std::move(written).error());
  return written;
}

Result<void> LibusbTransport::DoReconnect(Duration timeout) {
  const Deadline deadline(clock(), timeout);
  Close();
  const UsbSelector same_port = {.port_path = device_.port_path, .id = asked_id_};
  Result<void> connected = Connect(same_port, deadline, device_.address, nullptr);
  if (!connected && connected.error().code() == ErrorCode::kNotFound) {
    return Error(ErrorCode::kTimeout,
                 fmt::format("the phone did not come back on port {} within {} ms",
                             device_.port_path, timeout / milliseconds(1)))
        .WithHint("unplug it, power it off and start again");
  }
  return connected;
}

Error LibusbTransport::Fail(Error error) {
  const bool lost = error.code() == ErrorCode::kDisconnected || (out_ && !out_->healthy());
  if (lost) Close();
  return error;
}

void LibusbTransport::Close() {
  // A transfer that does not come back when it is cancelled is the kernel's until the handle is
  // closed, so transfers are freed behind it.
  if (in_ != nullptr) in_->Drain();
  handle_.reset();
  in_.reset();
  out_.reset();
}

}  // namespace mtkrig::device
