#pragma once

// Descriptors of a phone's port (USB 2.0 chapter 9, CDC 1.2, PSTN 1.2), byte for byte as the host
// gets them.
//
// Their values come from what hosts printed of real phones (0e8d:2000 of MT8516, MT6762 and MT6880,
// 0e8d:0003 of MT8516) and from the constants of published preloaders: configuration 1,
// self-powered, 500 mA, endpoint 0 of 64 bytes, device release 1.00, CDC 1.10, ACM capabilities
// 0x0f, call management 0x03, an interrupt endpoint 0x83 of 64 bytes with interval 16. Of the boot
// ROM the identity, speed, lack of strings and lack of a union are known; the rest is assumed to be
// equal.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "emulator/usb/device_description.h"
#include "protocol/wire/usb.h"

namespace mtkrig::emulator {

inline constexpr std::uint8_t kConfigurationValue = 1;
inline constexpr std::uint8_t kInterfaceCount = 2;
inline constexpr std::uint8_t kBulkOutEndpoint = 0x01;
inline constexpr std::uint8_t kBulkInEndpoint = 0x81;
inline constexpr std::uint8_t kInterruptInEndpoint = 0x83;

struct InterfaceClass {
  std::uint8_t interface_class = 0;
  std::uint8_t subclass = 0;
  std::uint8_t protocol = 0;
};

std::uint16_t BulkPacketSize(UsbSpeed speed);
// In the order of interface numbers.
std::array<InterfaceClass, kInterfaceCount> InterfaceClasses(InterfaceLayout layout);

std::vector<std::uint8_t> DeviceDescriptor(const DeviceDescription& device);
// A device that only does full speed has no qualifier and no other speed: empty.
std::vector<std::uint8_t> DeviceQualifier(const DeviceDescription& device);
std::vector<std::uint8_t> ConfigurationDescriptor(const DeviceDescription& device);
std::vector<std::uint8_t> OtherSpeedConfiguration(const DeviceDescription& device);
// String `index` as UTF-16LE; index 0 is the list of languages. Empty: there is no such string.
std::vector<std::uint8_t> StringDescriptor(const DeviceDescription& device, std::uint8_t index);

}  // namespace mtkrig::emulator
