#include "emulator/usb/descriptors.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string_view>

#include "protocol/base/bytes.h"

namespace mtkrig::emulator {
namespace {

namespace usb = protocol::usb;
using protocol::ByteWriter;
using protocol::Endian;

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

std::uint8_t Byte(unsigned value) {
  return static_cast<std::uint8_t>(value);
}

void PutInterface(ByteWriter& out, std::uint8_t number, std::uint8_t endpoints,
                  const InterfaceClass& kind, std::uint8_t name) {
  out.Put(Byte(9)).Put(Byte(usb::kInterface)).Put(number).Put(Byte(0)).Put(endpoints);
  out.Put(kind.interface_class).Put(kind.subclass).Put(kind.protocol).Put(name);
}

void PutEndpoint(ByteWriter& out, std::uint8_t address, std::uint8_t kind, std::uint16_t packet,
                 std::uint8_t interval) {
  out.Put(Byte(7)).Put(Byte(usb::kEndpoint)).Put(address).Put(kind).Put(packet).Put(interval);
}

void PutDataInterface(ByteWriter& out, const DeviceDescription& device, std::uint8_t number,
                      UsbSpeed speed) {
  PutInterface(out, number, 2, InterfaceClasses(device.layout)[number],
               IndexOf(device, kDataName));
  PutEndpoint(out, kBulkOutEndpoint, kTransferBulk, BulkPacketSize(speed), 0);
  PutEndpoint(out, kBulkInEndpoint, kTransferBulk, BulkPacketSize(speed), 0);
}

void PutCommunicationInterface(ByteWriter& out, const DeviceDescription& device,
                               std::uint8_t number, std::uint8_t data_number) {
  PutInterface(out, number, 1, InterfaceClasses(device.layout)[number],
               IndexOf(device, kCommunicationName));
  out.Put(Byte(5)).Put(Byte(usb::kClassInterface)).Put(Byte(usb::kCdcHeader)).Put(kCdcRelease);
  out.Put(Byte(4)).Put(Byte(usb::kClassInterface)).Put(Byte(usb::kCdcAcm)).Put(kAcmCapabilities);
  if (device.layout != InterfaceLayout::kBootRom) {
    out.Put(Byte(5)).Put(Byte(usb::kClassInterface)).Put(Byte(usb::kCdcUnion));
    out.Put(number).Put(data_number);
  }
  out.Put(Byte(5)).Put(Byte(usb::kClassInterface)).Put(Byte(usb::kCdcCallManagement));
  out.Put(kCallManagementCapabilities).Put(data_number);
  PutEndpoint(out, kInterruptInEndpoint, kTransferInterrupt, kInterruptPacket,
              kInterruptInterval);
}

std::vector<std::uint8_t> Configuration(const DeviceDescription& device, usb::DescriptorType type,
                                        UsbSpeed speed) {
  ByteWriter interfaces(Endian::kLittle);
  if (device.layout == InterfaceLayout::kDataFirst) {
    PutDataInterface(interfaces, device, 0, speed);
    PutCommunicationInterface(interfaces, device, 1, 0);
  } else {
    PutCommunicationInterface(interfaces, device, 0, 1);
    PutDataInterface(interfaces, device, 1, speed);
  }
  ByteWriter out(Endian::kLittle);
  constexpr std::size_t kHeader = 9;
  out.Put(Byte(kHeader)).Put(Byte(type));
  out.Put(static_cast<std::uint16_t>(kHeader + interfaces.bytes().size()));
  out.Put(kInterfaceCount).Put(kConfigurationValue).Put(IndexOf(device, kConfigurationName));
  out.Put(kSelfPowered).Put(kMaxPower).PutBytes(interfaces.bytes());
  return out.Release();
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
  ByteWriter out(Endian::kLittle);
  out.Put(Byte(18)).Put(Byte(usb::kDevice)).Put(kUsbRelease);
  out.Put(usb::kClassCommunications).Put(Byte(0)).Put(Byte(0)).Put(kControlPacket);
  out.Put(device.vendor_id).Put(device.product_id).Put(device.device_release);
  out.Put(IndexOf(device, kManufacturer)).Put(IndexOf(device, kProduct));
  out.Put(IndexOf(device, kSerial)).Put(Byte(1));
  return out.Release();
}

std::vector<std::uint8_t> DeviceQualifier(const DeviceDescription& device) {
  if (device.speed == UsbSpeed::kFull) return {};
  ByteWriter out(Endian::kLittle);
  out.Put(Byte(10)).Put(Byte(usb::kDeviceQualifier)).Put(kUsbRelease);
  out.Put(usb::kClassCommunications).Put(Byte(0)).Put(Byte(0)).Put(kOtherSpeedControlPacket);
  out.Put(Byte(1)).Put(Byte(0));
  return out.Release();
}

std::vector<std::uint8_t> ConfigurationDescriptor(const DeviceDescription& device) {
  return Configuration(device, usb::kConfiguration, device.speed);
}

std::vector<std::uint8_t> OtherSpeedConfiguration(const DeviceDescription& device) {
  if (device.speed == UsbSpeed::kFull) return {};
  return Configuration(device, usb::kOtherSpeedConfiguration, UsbSpeed::kFull);
}

std::vector<std::uint8_t> StringDescriptor(const DeviceDescription& device, std::uint8_t index) {
  ByteWriter out(Endian::kLittle);
  if (index == kLanguages) {
    if (device.layout == InterfaceLayout::kBootRom && device.manufacturer.empty() &&
        device.product.empty() && device.serial.empty()) {
      return {};
    }
    out.Put(Byte(4)).Put(Byte(usb::kString)).Put(kEnglishUs);
    return out.Release();
  }
  std::string_view text = Text(device, index);
  if (text.empty()) return {};
  // bLength is one byte: 126 characters at most.
  text = text.substr(0, (std::numeric_limits<std::uint8_t>::max() - 2) / 2);
  out.Put(static_cast<std::uint8_t>(2 + 2 * text.size())).Put(Byte(usb::kString));
  for (const char character : text) {
    out.Put(static_cast<std::uint16_t>(static_cast<unsigned char>(character)));
  }
  return out.Release();
}

}  // namespace mtkrig::emulator
