#include "device/usb_finder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "device/usb_ids.h"

namespace mtkrig::device {
namespace {

// How long the kernel gets to configure a device that has just arrived, before we do it.
constexpr Duration kConfigurationGrace = std::chrono::milliseconds(300);

bool Accepts(const UsbSelector& selector, const UsbDevice& device) {
  if (!selector.port_path.empty() && device.port_path != selector.port_path) return false;
  if (selector.id && *selector.id == device.id) return true;
  // A phone that is followed through its enumerations comes back with any of the known ids.
  const bool any_known = !selector.id || !selector.port_path.empty();
  return any_known && KnownMode(device.id).has_value();
}

Error Ambiguous(const std::vector<UsbDevice>& found) {
  std::vector<std::string> names;
  names.reserve(found.size());
  for (const UsbDevice& device : found) names.push_back(Describe(device));
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("{} phones fit: {}", found.size(), fmt::join(names, ", ")))
      .WithHint(fmt::format("name one by its port, for example usb:{}", found.front().port_path));
}

}  // namespace

std::string DescribeWanted(const UsbSelector& selector) {
  const std::string port = selector.port_path.empty()
                               ? std::string("any USB port")
                               : fmt::format("USB port {}", selector.port_path);
  if (selector.id && selector.port_path.empty()) {
    return fmt::format("a USB device {} on {}", ToString(*selector.id), port);
  }
  return fmt::format("a MediaTek phone in BROM or preloader mode on {}", port);
}

Result<UsbDevice> UsbFinder::Find(const UsbSelector& selector, const Deadline& deadline,
                                  const Cancellation* cancellation,
                                  std::optional<unsigned> old_address) {
  while (true) {
    TRY_ASSIGN(std::optional<UsbDevice> device, Look(selector, old_address));
    if (device) {
      reported_.clear();
      if (observer_ != nullptr) observer_->OnFound(Describe(*device));
      return *std::move(device);
    }
    if (IsCancelled(cancellation)) return CancelledError();
    if (deadline.passed()) {
      return Error(ErrorCode::kNotFound, fmt::format("there is no {}", text_))
          .WithHint(
              "power the phone off, then plug it in while this command waits (--wait); hold "
              "no key for the preloader, or the phone's boot key for BROM; try another cable "
              "or port; `mtkrig doctor` checks the host");
    }
    ReportWaiting(text_);
    bus_->WaitForChange(deadline.left(), cancellation);
  }
}

Result<std::optional<UsbDevice>> UsbFinder::Look(const UsbSelector& selector,
                                                 std::optional<unsigned>& old_address) {
  TRY_ASSIGN(std::vector<UsbDevice> devices, bus_->List());
  text_ = DescribeWanted(selector).substr(2);  // without "a "
  std::vector<UsbDevice> found;
  bool old_is_listed = false;
  for (UsbDevice& device : devices) {
    if (!Accepts(selector, device)) {
      if (!selector.port_path.empty() && device.port_path == selector.port_path) {
        text_ +=
            fmt::format("; {}{} is there, which is not a phone in such a mode", ToString(device.id),
                        device.product.empty() ? "" : fmt::format(" \"{}\"", device.product));
      }
    } else if (old_address && device.address == *old_address) {
      old_is_listed = true;
    } else {
      found.push_back(std::move(device));
    }
  }
  // Addresses are used again in the end: one that was seen to be free is another enumeration's.
  if (!old_is_listed) old_address.reset();
  if (found.empty()) return std::optional<UsbDevice>();
  if (found.size() > 1) return Ambiguous(found);
  if (!IsConfigured(found.front())) return std::optional<UsbDevice>();
  return std::optional<UsbDevice>(std::move(found.front()));
}

bool UsbFinder::IsConfigured(const UsbDevice& device) {
  if (device.configuration != 0) return true;
  if (unconfigured_address_ != device.address) {
    unconfigured_address_ = device.address;
    unconfigured_since_ = clock_->Now();
  }
  return clock_->Now() - unconfigured_since_ >= kConfigurationGrace;
}

void UsbFinder::ReportWaiting(const std::string& text) {
  if (text == reported_ || observer_ == nullptr) return;
  reported_ = text;
  observer_->OnWaiting("a " + text);
}

}  // namespace mtkrig::device
