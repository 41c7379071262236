#include "device/usb_handle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "device/line_coding.h"
#include "device/remedies.h"
#include "device/sysfs_bus.h"
#include "protocol/wire/usb.h"

namespace mtkrig::device {
namespace {

namespace usb = protocol::usb;
using std::chrono::milliseconds;

// Two of these at most stand between the arrival and the handshake.
constexpr Duration kControlTimeout = milliseconds(40);
constexpr Duration kGoneWithin = milliseconds(300);
constexpr Duration kGonePeriod = milliseconds(20);
constexpr int kClaimAttempts = 3;

Error WithRemedy(Error error, UsbBus& bus, const UsbDevice& device) {
  if (error.code() == ErrorCode::kPermissionDenied) {
    error.WithHint(
        fmt::format("`mtkrig doctor` finds out why; mostly udev lacks its rules ({}), or who is "
                    "not at the machine itself lacks the group plugdev (the node is {})",
                    kInstallUdevRules, UsbNode(device)));
  } else if (error.code() == ErrorCode::kBusy) {
    const std::string holders = bus.Holders(device);
    error.WithHint(holders.empty()
                       ? std::string("end the other program that uses the phone: ModemManager, "
                                     "brltty, another flashing tool or a virtual machine; `sudo "
                                     "mtkrig doctor` names it")
                       : fmt::format("end what holds the phone: {}; udev's rules for mtkrig make "
                                     "ModemManager look away ({})",
                                     holders, kInstallUdevRules));
  }
  return error;
}

}  // namespace

Error UsbGoneError() {
  return Error(ErrorCode::kDisconnected, "the phone has left the USB")
      .WithHint(
          "a preloader stays for 2 to 3 seconds only; check cable and battery, plug in again");
}

Error UsbError(int status, std::string_view what) {
  switch (status) {
    case LIBUSB_ERROR_NO_DEVICE:
      return UsbGoneError();
    case LIBUSB_ERROR_ACCESS:
      return {ErrorCode::kPermissionDenied, fmt::format("{}: permission denied", what)};
    case LIBUSB_ERROR_BUSY:
      return {ErrorCode::kBusy, fmt::format("{}: another program holds the device", what)};
    default:
      return {ErrorCode::kTransport,
              fmt::format("{}: {} ({})", what, libusb_strerror(status), libusb_error_name(status))};
  }
}

Result<std::unique_ptr<UsbHandle>> UsbHandle::Open(UsbApi& api, UsbBus& bus, Clock& clock,
                                                   const UsbDevice& device) {
  // sysfs loses the descriptors with the device.
  if (device.descriptors.empty()) return UsbGoneError();
  TRY_ASSIGN(const ByteSpan configuration,
             FindConfiguration(device.descriptors, device.configuration));
  TRY_ASSIGN(const BulkPort port, FindBulkPort(configuration));
  std::unique_ptr<UsbHandle> opened(new UsbHandle(api, bus, clock, device, port));
  if (const int status = api.Open(device, &opened->handle_); status != 0) {
    opened->handle_ = nullptr;
    return WithRemedy(UsbError(status, fmt::format("open {}", Describe(device))), bus, device);
  }
  if (device.configuration == 0) {
    const int status = api.SetConfiguration(opened->handle_, port.configuration);
    if (status != 0) return WithRemedy(UsbError(status, "SET_CONFIGURATION"), bus, device);
  }
  // The communication interface first: cdc_acm is bound to it, and lets go of both.
  if (port.control_interface) TRY(opened->Claim(*port.control_interface, bus, device));
  TRY(opened->Claim(port.data_interface, bus, device));
  opened->SetLine();
  return opened;
}

Result<void> UsbHandle::Claim(std::uint8_t interface, UsbBus& bus, const UsbDevice& device) {
  int status = LIBUSB_ERROR_BUSY;
  // A driver that is loaded this very moment may bind between detaching and claiming.
  for (int i = 0; i < kClaimAttempts && status == LIBUSB_ERROR_BUSY; ++i) {
    if (api_->KernelDriverActive(handle_, interface) == 1 &&
        api_->DetachKernelDriver(handle_, interface) == 0 &&
        std::find(detached_.begin(), detached_.end(), interface) == detached_.end()) {
      detached_.push_back(interface);
    }
    status = api_->ClaimInterface(handle_, interface);
  }
  if (status != 0) {
    // Libusb says "not found" for an interface whose device has just gone.
    if (status == LIBUSB_ERROR_NOT_FOUND) status = LIBUSB_ERROR_NO_DEVICE;
    return WithRemedy(
        UsbError(status, fmt::format("claim interface {} of {}", interface, Describe(device))), bus,
        device);
  }
  claimed_.push_back(interface);
  return Ok();
}

// A boot ROM has no line and may stall both requests; some preloaders answer only after them.
void UsbHandle::SetLine() {
  const std::uint16_t index = port_.control_interface.value_or(port_.data_interface);
  auto coding = kLineCoding;
  api_->ControlOut(handle_, kClassRequestOut, usb::kSetLineCoding, 0, index, coding,
                   kControlTimeout);
  api_->ControlOut(handle_, kClassRequestOut, usb::kSetControlLineState, kLineState, index, {},
                   kControlTimeout);
}

UsbHandle::~UsbHandle() {
  if (handle_ == nullptr) return;
  // cdc_acm binds again only when both of its interfaces are free.
  for (auto it = claimed_.rbegin(); it != claimed_.rend(); ++it) {
    api_->ReleaseInterface(handle_, *it);
  }
  for (const std::uint8_t interface : detached_) api_->AttachKernelDriver(handle_, interface);
  api_->Close(handle_);
}

Error UsbHandle::Diagnose(const Cancellation* cancellation) {
  const Deadline deadline(*clock_, kGoneWithin);
  while (true) {
    if (api_->KernelDriverActive(handle_, port_.data_interface) == LIBUSB_ERROR_NO_DEVICE) {
      return UsbGoneError();
    }
    if (HasLostConfiguration()) {
      return Error(ErrorCode::kDisconnected, "this host has taken the phone's configuration away")
          .WithHint(
              "something deauthorised it (usbguard, /sys/bus/usb/devices/.../authorized) or "
              "configured it anew; let it, and plug the phone in again");
    }
    if (IsCancelled(cancellation)) return CancelledError();
    if (deadline.passed()) break;
    api_->WaitEvents(std::min<Duration>(deadline.left(), kGonePeriod), cancellation);
  }
  return Error(ErrorCode::kTransport, "a USB transfer failed although the phone is still there")
      .WithHint("try another cable and a port without a hub; power the phone off and plug it in");
}

Error UsbHandle::SubmitError(int status, std::string_view what, const Cancellation* cancellation) {
  if (status == LIBUSB_ERROR_IO || status == LIBUSB_ERROR_NOT_FOUND) return Diagnose(cancellation);
  return UsbError(status, what);
}

// A device that is deauthorised stays on its bus, without interfaces.
bool UsbHandle::HasLostConfiguration() {
  const auto devices = bus_->List();
  if (!devices) return false;
  const auto own = std::find_if(devices->begin(), devices->end(), [this](const UsbDevice& device) {
    return device.bus == number_ && device.address == address_;
  });
  return own != devices->end() && own->configuration == 0;
}

}  // namespace mtkrig::device
