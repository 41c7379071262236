#pragma once

// Waits for the phone that the user named to appear on the bus.

#include <optional>
#include <string>

#include "device/common.h"
#include "device/discovery_observer.h"
#include "device/selectors.h"
#include "device/usb_bus.h"

namespace mtkrig::device {

class UsbFinder {
 public:
  // The observer may be null.
  UsbFinder(UsbBus& bus, Clock& clock, DiscoveryObserver* observer)
      : bus_(&bus), clock_(&clock), observer_(observer) {}

  // kNotFound when the time is over; kInvalidArgument if several phones fit, with their ports.
  // `old_address`: an enumeration that is over or about to be; the next one is waited for.
  Result<UsbDevice> Find(const UsbSelector& selector, const Deadline& deadline,
                         const Cancellation* cancellation,
                         std::optional<unsigned> old_address = {});

 private:
  // The device to open; empty while there is none, and text_ then says what is waited for.
  Result<std::optional<UsbDevice>> Look(const UsbSelector& selector,
                                        std::optional<unsigned>& old_address);
  bool IsConfigured(const UsbDevice& device);
  void ReportWaiting(const std::string& text);

  UsbBus* bus_;
  Clock* clock_;
  DiscoveryObserver* observer_;
  std::string text_;
  std::string reported_;
  unsigned unconfigured_address_ = 0;
  TimePoint unconfigured_since_;
};

// What the selector asks for, as a message says it.
std::string DescribeWanted(const UsbSelector& selector);

}  // namespace mtkrig::device
