#pragma once

// What stands behind the colon of a device moniker. Each parser takes that tail alone ("1-1.4" of
// "usb:1-1.4") and answers anything it cannot mean with kInvalidArgument and an example.

#include <optional>
#include <string>
#include <string_view>

#include "device/common.h"

namespace mtkrig::device {

// Which USB device to wait for. Both empty: any known MediaTek id on any port.
struct UsbSelector {
  std::string port_path;    // bus and ports as sysfs writes them: "1-1.4"
  std::optional<UsbId> id;  // then an id outside the list of known ones is accepted too
};
// "", "1-1.4" or "0e8d:2000".
Result<UsbSelector> ParseUsbSelector(std::string_view tail);

struct SerialSelector {
  std::string path;  // a tty, or a link to one: "/dev/ttyACM0", "/dev/serial/by-id/..."
};
// An absolute path, or the bare name of a node in /dev.
Result<SerialSelector> ParseSerialSelector(std::string_view tail);

struct UsbipSelector {
  std::string host;  // name, IPv4 address, or IPv6 address without its brackets
  std::uint16_t port = 0;
  std::string bus_id;  // as the server names it: "1-1"
};
// "HOST/BUSID", "HOST:PORT/BUSID", "[IPV6]:PORT/BUSID".
Result<UsbipSelector> ParseUsbipSelector(std::string_view tail);
// As the user would write it; the port only where it is not the default one.
std::string ToString(const UsbipSelector& selector);

}  // namespace mtkrig::device
