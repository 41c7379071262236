#include "device/usb_descriptors.h"

#include <fmt/format.h>

#include "protocol/wire/usb.h"

namespace mtkrig::device {
namespace {

namespace usb = protocol::usb;

constexpr std::size_t kDeviceDescriptorSize = 18;
constexpr std::size_t kConfigurationSize = 9;
constexpr std::size_t kInterfaceSize = 9;
constexpr std::size_t kEndpointSize = 7;
constexpr std::uint8_t kTransferTypeMask = 0x03;
constexpr std::uint8_t kBulk = 0x02;
constexpr std::uint16_t kPacketSizeMask = 0x07ff;

struct Interface {
  std::uint8_t number = 0;
  std::uint8_t alternate = 0;
  std::uint8_t device_class = 0;
  std::uint8_t subclass = 0;
  std::uint8_t in_endpoint = 0;
  std::uint8_t out_endpoint = 0;
  std::uint16_t in_packet = 0;
  std::uint16_t out_packet = 0;

  bool HasBulkPair() const { return alternate == 0 && in_packet != 0 && out_packet != 0; }
};

void AddEndpoint(ByteSpan descriptor, Interface& interface) {
  const std::uint8_t address = descriptor[2];
  if ((descriptor[3] & kTransferTypeMask) != kBulk) return;
  const auto packet = static_cast<std::uint16_t>(
      protocol::LoadLe<std::uint16_t>(descriptor.subspan(4, 2)) & kPacketSizeMask);
  const bool in = (address & usb::kDirectionIn) != 0;
  if (in && interface.in_packet == 0) {
    interface.in_endpoint = address;
    interface.in_packet = packet;
  } else if (!in && interface.out_packet == 0) {
    interface.out_endpoint = address;
    interface.out_packet = packet;
  }
}

Result<std::vector<Interface>> ParseInterfaces(ByteSpan configuration) {
  std::vector<Interface> interfaces;
  std::size_t at = 0;
  while (at < configuration.size()) {
    const std::size_t left = configuration.size() - at;
    const std::size_t length = configuration[at];
    if (left < 2 || length < 2 || length > left) {
      return Error(ErrorCode::kProtocol,
                   "the phone's configuration descriptor is malformed: a part of it is cut off")
          .AtOffset(at);
    }
    const ByteSpan descriptor = configuration.subspan(at, length);
    if (descriptor[1] == usb::kInterface && length >= kInterfaceSize) {
      interfaces.push_back({.number = descriptor[2],
                            .alternate = descriptor[3],
                            .device_class = descriptor[5],
                            .subclass = descriptor[6]});
    } else if (descriptor[1] == usb::kEndpoint && length >= kEndpointSize && !interfaces.empty()) {
      AddEndpoint(descriptor, interfaces.back());
    }
    at += length;
  }
  return interfaces;
}

const Interface* FindDataInterface(const std::vector<Interface>& interfaces) {
  const Interface* any = nullptr;
  for (const Interface& interface : interfaces) {
    if (!interface.HasBulkPair()) continue;
    if (interface.device_class == usb::kClassCdcData) return &interface;
    if (any == nullptr) any = &interface;
  }
  return any;
}

}  // namespace

Result<BulkPort> FindBulkPort(ByteSpan configuration) {
  if (configuration.size() < kConfigurationSize || configuration[1] != usb::kConfiguration) {
    return Error(ErrorCode::kProtocol, "the phone's configuration descriptor is malformed");
  }
  TRY_ASSIGN(const std::vector<Interface> interfaces, ParseInterfaces(configuration));
  const Interface* data = FindDataInterface(interfaces);
  if (data == nullptr) {
    return Error(ErrorCode::kProtocol,
                 fmt::format("none of the device's {} interfaces has a bulk endpoint in each "
                             "direction, so it is not a phone in BROM or preloader mode",
                             interfaces.size()));
  }
  BulkPort port = {.configuration = configuration[5],
                   .data_interface = data->number,
                   .control_interface = {},
                   .in_endpoint = data->in_endpoint,
                   .out_endpoint = data->out_endpoint,
                   .in_packet = data->in_packet,
                   .out_packet = data->out_packet};
  for (const Interface& interface : interfaces) {
    if (interface.device_class == usb::kClassCommunications &&
        interface.subclass == usb::kSubclassAcm && interface.number != data->number) {
      port.control_interface = interface.number;
      break;
    }
  }
  return port;
}

Result<ByteSpan> FindConfiguration(ByteSpan descriptors, std::uint8_t value) {
  std::size_t at = kDeviceDescriptorSize;
  while (at + kConfigurationSize <= descriptors.size()) {
    const ByteSpan rest = descriptors.subspan(at);
    const std::size_t total = protocol::LoadLe<std::uint16_t>(rest.subspan(2, 2));
    if (rest[1] != usb::kConfiguration || total < kConfigurationSize || total > rest.size()) break;
    if (value == 0 || rest[5] == value) return rest.subspan(0, total);
    at += total;
  }
  return Error(ErrorCode::kProtocol,
               fmt::format("the device's descriptors hold no complete configuration {}", value));
}

}  // namespace mtkrig::device
