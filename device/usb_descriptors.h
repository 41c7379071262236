#pragma once

// Where a phone's byte stream is, found in its descriptors. Shared by the libusb transport, which
// has them from sysfs, and by the USB/IP client, which has them from a server it need not trust.

#include <optional>

#include "device/common.h"

namespace mtkrig::device {

// The interfaces and endpoints that carry the stream.
struct BulkPort {
  std::uint8_t configuration = 0;  // bConfigurationValue
  std::uint8_t data_interface = 0;
  // The CDC-ACM communication interface, if the device has one.
  std::optional<std::uint8_t> control_interface;
  std::uint8_t in_endpoint = 0;  // with the direction bit
  std::uint8_t out_endpoint = 0;
  std::uint16_t in_packet = 0;  // bytes
  std::uint16_t out_packet = 0;
};

// `configuration` is a configuration descriptor with all that follows it. Prefers an interface of
// the CDC data class (0x0a), else takes the first with a bulk IN and a bulk OUT endpoint:
// preloaders of one interface exist. kProtocol for descriptors that are cut off or have no such
// interface.
Result<BulkPort> FindBulkPort(ByteSpan configuration);

// The configuration with this bConfigurationValue in what sysfs and usbfs give for a device: its
// device descriptor and all configurations. A value of 0 means the first one.
Result<ByteSpan> FindConfiguration(ByteSpan descriptors, std::uint8_t value);

}  // namespace mtkrig::device
