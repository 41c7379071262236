#include "emulator/usb/descriptors.h"

#include <initializer_list>
#include <limits>
#include <string_view>

namespace mtkrig::emulator {
namespace {

namespace usb = protocol::usb;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint16_t kUsbRelease = 0x0200;
constexpr std::uint16_t kCdcRelease = 0x0110;
constexpr std::uint8_t kControlPacket = 64;
constexpr std::uint8_t kOtherSpeedControlPacket = 16;
constexpr std::uint8_t kSelfPowered = 0xc0;
constexpr std::uint8_t kMaxPower = 0xfa;  // units of 2 mA
constexpr std::uint8_t kAcmCapabilities = 0x0f;
constexpr std::uint8_t kCallManagementCapabilities = 0x03;
constexpr std::uint16_t kInterruptPacket = 64;
constexpr std::uint8_t kInterruptInterval = 0x10;
constexpr std::uint8_t kProtocolAtCommands = 0x01;
constexpr std::uint8_t kTransferBulk = 2;
constexpr std::uint8_t kTransferInterrupt = 3;
constexpr std::uint16_t kEnglishUs = 0x0409;

enum StringIndex : std::uint8_t {
  kLanguages = 0,
  kManufacturer = 1,
  kProduct = 2,
  kConfigurationName = 3,
  kDataName = 4,
  kCommunicationName = 5,
  kSerial = 6,
};

bool HasInterfaceNames(const DeviceDescription& device) {
  return device.layout != InterfaceLayout::kBootRom;
}

std::string_view Text(const DeviceDescription& device, std::uint8_t index) {
  const bool named = HasInterfaceNames(device);
  switch (index) {
    case kManufacturer:
      return device.manufacturer;
    case kProduct:
      return device.product;
    case kConfigurationName:
      return named ? "USB CDC ACM for preloader" : "";
    case kDataName:
      return named ? "CDC ACM Data Interface" : "";
    case kCommunicationName:
      if (!named) return "";
      return device.layout == InterfaceLayout::kDataFirst ? "CDC ACM Communication Interface"
                                                          : "CDC ACM Comm Interface";
    case kSerial:
      return device.serial;
    default:
      return "";
  }
}

// The index to put into a descriptor: 0 where there is no such string.
std::uint8_t IndexOf(const DeviceDescription& device, StringIndex index) {
  return Text(device, index).empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(index);
}

// The bytes of a little-endian word.
constexpr std::uint8_t Low(std::uint16_t word) {
  return static_cast<std::uint8_t>(word);
}
constexpr std::uint8_t High(std::uint16_t word) {
  return static_cast<std::uint8_t>(word >> 8);
}

void Append(Bytes& out, std::initializer_list<std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) out.push_back(byte);
}

void AppendInterface(Bytes& out, std::uint8_t number, std::uint8_t endpoints,
                     const InterfaceClass& kind, std::uint8_t name) {
  Append(out, {9, usb::kInterface, number, 0, endpoints, kind.interface_class, kind.subclass,
               kind.protocol, name});
}

void AppendEndpoint(Bytes& out, std::uint8_t address, std::uint8_t kind, std::uint16_t packet,
                    std::uint8_t interval) {
  Append(out, {7, usb::kEndpoint, address, kind, Low(packet), High(packet), interval});
}

void AppendDataInterface(Bytes& out, const DeviceDescription& device, std::uint8_t number,
                         UsbSpeed speed) {
  AppendInterface(out, number, 2, InterfaceClasses(device.layout)[number],
                  IndexOf(device, kDataName));
  AppendEndpoint(out, kBulkOutEndpoint, kTransferBulk, BulkPacketSize(speed), 0);
  AppendEndpoint(out, kBulkInEndpoint, kTransferBulk, BulkPacketSize(speed), 0);
}

void AppendCommunicationInterface(Bytes& out, const DeviceDescription& device, std::uint8_t number,
                                  std::uint8_t data_number) {
  AppendInterface(out, number, 1, InterfaceClasses(device.layout)[number],
                  IndexOf(device, kCommunicationName));
  Append(out, {5, usb::kClassInterface, usb::kCdcHeader, Low(kCdcRelease), High(kCdcRelease)});
  Append(out, {4, usb::kClassInterface, usb::kCdcAcm, kAcmCapabilities});
  if (device.layout != InterfaceLayout::kBootRom) {
    Append(out, {5, usb::kClassInterface, usb::kCdcUnion, number, data_number});
  }
  Append(out, {5, usb::kClassInterface, usb::kCdcCallManagement, kCallManagementCapabilities,
               data_number});
  AppendEndpoint(out, kInterruptInEndpoint, kTransferInterrupt, kInterruptPacket,
                 kInterruptInterval);
}

Bytes Configuration(const DeviceDescription& device, usb::DescriptorType type, UsbSpeed speed) {
  Bytes out;
  Append(out, {9, type, 0, 0, kInterfaceCount, kConfigurationValue,
               IndexOf(device, kConfigurationName), kSelfPowered, kMaxPower});
  if (device.layout == InterfaceLayout::kDataFirst) {
    AppendDataInterface(out, device, 0, speed);
    AppendCommunicationInterface(out, device, 1, 0);
  } else {
    AppendCommunicationInterface(out, device, 0, 1);
    AppendDataInterface(out, device, 1, speed);
  }
  // wTotalLength covers everything.
  out[2] = Low(static_cast<std::uint16_t>(out.size()));
  out[3] = High(static_cast<std::uint16_t>(out.size()));
  return out;
}

}  // namespace

std::uint16_t BulkPacketSize(UsbSpeed speed) {
  return speed == UsbSpeed::kHigh ? usb::kHighSpeedBulkPacket : usb::kFullSpeedBulkPacket;
}

std::array<InterfaceClass, kInterfaceCount> InterfaceClasses(InterfaceLayout layout) {
  constexpr InterfaceClass kData = {usb::kClassCdcData, 0, 0};
  constexpr InterfaceClass kCommunication = {usb::kClassCommunications, usb::kSubclassAcm,
                                             kProtocolAtCommands};
  if (layout == InterfaceLayout::kDataFirst) return {kData, kCommunication};
  return {kCommunication, kData};
}

std::vector<std::uint8_t> DeviceDescriptor(const DeviceDescription& device) {
  return {18,
          usb::kDevice,
          Low(kUsbRelease),
          High(kUsbRelease),
          usb::kClassCommunications,
          0,
          0,
          kControlPacket,
          Low(device.vendor_id),
          High(device.vendor_id),
          Low(device.product_id),
          High(device.product_id),
          Low(device.device_release),
          High(device.device_release),
          IndexOf(device, kManufacturer),
          IndexOf(device, kProduct),
          IndexOf(device, kSerial),
          1};
}

std::vector<std::uint8_t> DeviceQualifier(const DeviceDescription& device) {
  if (device.speed == UsbSpeed::kFull) return {};
  return {10,
          usb::kDeviceQualifier,
          Low(kUsbRelease),
          High(kUsbRelease),
          usb::kClassCommunications,
          0,
          0,
          kOtherSpeedControlPacket,
          1,
          0};
}

std::vector<std::uint8_t> ConfigurationDescriptor(const DeviceDescription& device) {
  return Configuration(device, usb::kConfiguration, device.speed);
}

std::vector<std::uint8_t> OtherSpeedConfiguration(const DeviceDescription& device) {
  if (device.speed == UsbSpeed::kFull) return {};
  return Configuration(device, usb::kOtherSpeedConfiguration, UsbSpeed::kFull);
}

std::vector<std::uint8_t> StringDescriptor(const DeviceDescription& device, std::uint8_t index) {
  if (index == kLanguages) {
    if (device.layout == InterfaceLayout::kBootRom && device.manufacturer.empty() &&
        device.product.empty() && device.serial.empty()) {
      return {};
    }
    return {4, usb::kString, Low(kEnglishUs), High(kEnglishUs)};
  }
  std::string_view text = Text(device, index);
  if (text.empty()) return {};
  // bLength is one byte: 126 characters at most.
  text = text.substr(0, (std::numeric_limits<std::uint8_t>::max() - 2) / 2);
  Bytes out = {static_cast<std::uint8_t>(2 + 2 * text.size()), usb::kString};
  for (const char character : text) Append(out, {static_cast<std::uint8_t>(character), 0});
  return out;
}

}  // namespace mtkrig::emulator
