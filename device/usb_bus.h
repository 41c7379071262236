#pragma once

// The USB devices that are plugged in now, and waiting until that changes.
//
// libusb's own hotplug needs udevd, and a list taken without it goes stale; phones in flash mode
// are up for seconds only and rigs run in containers. So devices are found in sysfs, which the
// kernel keeps, and waited for with the kernel's own events and a short period beside them.

#include <string>
#include <vector>

#include "device/common.h"

namespace mtkrig::device {

struct UsbDevice {
  std::string port_path;  // "1-1.4"
  UsbId id;
  unsigned bus = 0;
  unsigned address = 0;  // a new one for every enumeration
  unsigned speed_mbps = 0;
  std::uint8_t configuration = 0;         // 0: the kernel has not configured it (yet)
  std::vector<std::uint8_t> descriptors;  // device descriptor and all configurations
  std::string product;                    // string descriptor, for messages
};

// "0e8d:2000 (preloader) at 1-1.4"
std::string Describe(const UsbDevice& device);

class UsbBus {
 public:
  UsbBus() = default;
  virtual ~UsbBus() = default;
  UsbBus(const UsbBus&) = delete;
  UsbBus& operator=(const UsbBus&) = delete;

  // In the order of their port paths, without hubs' root ports. kUnsupported where the host has no
  // USB at all.
  virtual Result<std::vector<UsbDevice>> List() = 0;
  // Returns when a device came or went, when the time is over or on cancellation, whichever is
  // first, and after some 20 ms at the latest, since events can be missed.
  virtual void WaitForChange(Duration at_most, const Cancellation* cancellation) = 0;
  // Who else has the device open: "ModemManager (pid 812), adb (pid 99)"; empty if nobody is seen.
  virtual std::string Holders(const UsbDevice& device) = 0;
};

}  // namespace mtkrig::device
