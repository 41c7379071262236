#pragma once

// UsbBus over sysfs and the kernel's uevents. Needs neither udevd nor rights.

#include <filesystem>
#include <string>
#include <vector>

#include "device/usb_bus.h"

namespace mtkrig::device {

class SysfsBus final : public UsbBus {
 public:
  // `root` stands in for "/" in tests; with one of its own no uevents are listened to.
  explicit SysfsBus(std::filesystem::path root = "/");

  Result<std::vector<UsbDevice>> List() override;
  void WaitForChange(Duration at_most, const Cancellation* cancellation) override;
  std::string Holders(const UsbDevice& device) override;

 private:
  std::filesystem::path root_;
  UniqueFd uevents_;
};

// "/dev/bus/usb/001/004"
std::string UsbNode(const UsbDevice& device);

// The names of the drivers bound to the device's interfaces, in their order, each once.
std::vector<std::string> BoundDrivers(const std::filesystem::path& root,
                                      const std::string& port_path);

// The serial ports that the kernel made for a device: "ttyACM0".
std::vector<std::string> SerialPorts(const std::filesystem::path& root,
                                     const std::string& port_path);

// The port path of the device behind a serial port ("ttyACM0" gives "1-1.4"); empty if it is not
// one of USB.
std::string PortPathOfTty(const std::filesystem::path& root, const std::string& tty);

// "name (pid 1)" of the processes that have one of these nodes open, by pid. Sees the processes of
// other users only as root.
std::vector<std::string> HoldersOf(const std::filesystem::path& root,
                                   const std::vector<std::string>& nodes);

}  // namespace mtkrig::device
