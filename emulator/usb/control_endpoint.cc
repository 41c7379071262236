#include "emulator/usb/control_endpoint.h"

#include <algorithm>
#include <utility>

#include "emulator/usb/descriptors.h"

namespace mtkrig::emulator {
namespace {

namespace usb = protocol::usb;
using protocol::ByteSpan;
using protocol::ByteWriter;
using protocol::Endian;

constexpr std::uint8_t kToDevice = 0;
constexpr std::uint8_t kToInterface = 1;
constexpr std::uint8_t kToEndpoint = 2;
constexpr std::uint16_t kStatusSelfPowered = 1;
constexpr std::uint16_t kStatusHalted = 1;
constexpr std::uint8_t kEndpointZeroIn = 0x80;

std::vector<std::uint8_t> Word(std::uint16_t value) {
  return ByteWriter(Endian::kLittle).Put(value).Release();
}

// Endpoint 0 has none: its stall ends with the next request.
std::optional<std::size_t> HaltSlot(std::uint8_t address) {
  switch (address) {
    case kBulkOutEndpoint:
      return 0;
    case kBulkInEndpoint:
      return 1;
    case kInterruptInEndpoint:
      return 2;
    default:
      return std::nullopt;
  }
}

}  // namespace

SetupPacket SetupPacket::Parse(ByteSpan bytes) {
  return {.request_type = bytes[0],
          .request = bytes[1],
          .value = protocol::LoadLe<std::uint16_t>(bytes.subspan(2)),
          .index = protocol::LoadLe<std::uint16_t>(bytes.subspan(4)),
          .length = protocol::LoadLe<std::uint16_t>(bytes.subspan(6))};
}

ControlEndpoint::ControlEndpoint(DeviceDescription description)
    : description_(std::move(description)) {}

ControlReply ControlEndpoint::Handle(const SetupPacket& setup, ByteSpan data) {
  // The data stage that the host announced and the one that came must agree.
  if (!setup.is_in() && data.size() != setup.length) return {.stalled = true, .data = {}};
  Reply reply;
  switch (setup.request_type & usb::kTypeMask) {
    case usb::kTypeStandard:
      reply = HandleStandard(setup);
      break;
    case usb::kTypeClass:
      reply = HandleClass(setup, data);
      break;
    default:
      break;  // vendor requests: none known
  }
  if (!reply) return {.stalled = true, .data = {}};
  if (reply->size() > setup.length) reply->resize(setup.length);
  return {.stalled = false, .data = *std::move(reply)};
}

void ControlEndpoint::Reset() {
  configuration_ = 0;
  halted_ = {};
  line_coding_ = {};
  control_lines_ = 0;
}

bool ControlEndpoint::HasEndpoint(std::uint8_t address) const {
  if (address == 0 || address == kEndpointZeroIn) return true;
  return configuration_ != 0 && (address == kBulkOutEndpoint || address == kBulkInEndpoint ||
                                 address == kInterruptInEndpoint);
}

bool ControlEndpoint::halted(std::uint8_t address) const {
  const std::optional<std::size_t> slot = HaltSlot(address);
  return slot && halted_[*slot];
}

ControlEndpoint::Reply ControlEndpoint::HandleStandard(const SetupPacket& setup) {
  const std::uint8_t recipient = setup.request_type & usb::kRecipientMask;
  switch (setup.request) {
    case usb::kGetStatus:
      return setup.is_in() ? GetStatus(setup) : std::nullopt;
    case usb::kClearFeature:
      return SetFeature(setup, false);
    case usb::kSetFeature:
      return SetFeature(setup, true);
    case usb::kSetAddress:
      // The host controller of a USB/IP client keeps it to itself; a host that sends it is obeyed.
      if (recipient != kToDevice || setup.is_in() || setup.value > 127) return std::nullopt;
      return Reply(std::in_place);
    case usb::kGetDescriptor:
      return setup.is_in() && recipient == kToDevice ? GetDescriptor(setup) : std::nullopt;
    case usb::kGetConfiguration:
      if (!setup.is_in() || recipient != kToDevice) return std::nullopt;
      return std::vector<std::uint8_t>{configuration_};
    case usb::kSetConfiguration:
      return SetConfiguration(setup);
    case usb::kGetInterface:
    case usb::kSetInterface:
      return HandleInterface(setup);
    default:
      return std::nullopt;
  }
}

ControlEndpoint::Reply ControlEndpoint::GetDescriptor(const SetupPacket& setup) const {
  const auto index = static_cast<std::uint8_t>(setup.value & 0xff);
  std::vector<std::uint8_t> bytes;
  switch (setup.value >> 8) {
    case usb::kDevice:
      bytes = DeviceDescriptor(description_);
      break;
    case usb::kConfiguration:
      if (index == 0) bytes = ConfigurationDescriptor(description_);
      break;
    case usb::kString:
      bytes = StringDescriptor(description_, index);
      break;
    case usb::kDeviceQualifier:
      bytes = DeviceQualifier(description_);
      break;
    case usb::kOtherSpeedConfiguration:
      if (index == 0) bytes = OtherSpeedConfiguration(description_);
      break;
    default:
      break;
  }
  if (bytes.empty()) return std::nullopt;
  return bytes;
}

ControlEndpoint::Reply ControlEndpoint::GetStatus(const SetupPacket& setup) const {
  switch (setup.request_type & usb::kRecipientMask) {
    case kToDevice:
      return Word(kStatusSelfPowered);
    case kToInterface:
      if (!HasInterface(setup.index)) return std::nullopt;
      return Word(0);
    case kToEndpoint: {
      const auto address = static_cast<std::uint8_t>(setup.index);
      if (setup.index > 0xff || !HasEndpoint(address)) return std::nullopt;
      return Word(halted(address) ? kStatusHalted : std::uint16_t{0});
    }
    default:
      return std::nullopt;
  }
}

ControlEndpoint::Reply ControlEndpoint::SetFeature(const SetupPacket& setup, bool on) {
  // The only feature is the halt of an endpoint: the phone cannot wake a host, and has no test
  // modes.
  const auto address = static_cast<std::uint8_t>(setup.index);
  if (setup.is_in() || (setup.request_type & usb::kRecipientMask) != kToEndpoint ||
      setup.value != usb::kFeatureEndpointHalt || setup.index > 0xff || !HasEndpoint(address)) {
    return std::nullopt;
  }
  if (const std::optional<std::size_t> slot = HaltSlot(address)) halted_[*slot] = on;
  return Reply(std::in_place);
}

ControlEndpoint::Reply ControlEndpoint::SetConfiguration(const SetupPacket& setup) {
  if (setup.is_in() || (setup.request_type & usb::kRecipientMask) != kToDevice ||
      setup.value > kConfigurationValue) {
    return std::nullopt;
  }
  configuration_ = static_cast<std::uint8_t>(setup.value);
  halted_ = {};
  return Reply(std::in_place);
}

ControlEndpoint::Reply ControlEndpoint::HandleInterface(const SetupPacket& setup) {
  if ((setup.request_type & usb::kRecipientMask) != kToInterface || !HasInterface(setup.index) ||
      setup.is_in() != (setup.request == usb::kGetInterface)) {
    return std::nullopt;
  }
  if (setup.request == usb::kGetInterface) return std::vector<std::uint8_t>{0};
  if (setup.value != 0) return std::nullopt;  // there is one alternate setting
  // Choosing it again ends the halt of the interface's endpoints (USB 2.0, 9.4.5).
  const bool data_first = description_.layout == InterfaceLayout::kDataFirst;
  const bool is_data = (setup.index == 0) == data_first;
  for (const std::uint8_t address : {kBulkOutEndpoint, kBulkInEndpoint, kInterruptInEndpoint}) {
    if ((address != kInterruptInEndpoint) == is_data) halted_[*HaltSlot(address)] = false;
  }
  return Reply(std::in_place);
}

ControlEndpoint::Reply ControlEndpoint::HandleClass(const SetupPacket& setup, ByteSpan data) {
  const std::uint8_t recipient = setup.request_type & usb::kRecipientMask;
  // One host of the field addresses the device instead of the interface, and phones take it.
  if (recipient != kToDevice && (recipient != kToInterface || !HasInterface(setup.index))) {
    return std::nullopt;
  }
  const bool wants_in = setup.request == usb::kGetLineCoding;
  if (setup.is_in() != wants_in) return std::nullopt;
  switch (setup.request) {
    case usb::kSetLineCoding:
      return SetLineCoding(setup, data);
    case usb::kGetLineCoding:
      return ByteWriter(Endian::kLittle)
          .Put(line_coding_.bits_per_second)
          .Put(line_coding_.stop_bits)
          .Put(line_coding_.parity)
          .Put(line_coding_.data_bits)
          .Release();
    case usb::kSetControlLineState:
      control_lines_ = setup.value;
      return Reply(std::in_place);
    case usb::kSendBreak:
      return Reply(std::in_place);
    default:
      return std::nullopt;
  }
}

ControlEndpoint::Reply ControlEndpoint::SetLineCoding(const SetupPacket& setup, ByteSpan data) {
  // The host that addresses the device sends no line coding along; it is acknowledged all the same.
  if (setup.length == 0) return Reply(std::in_place);
  if (data.size() != usb::kLineCodingSize) return std::nullopt;
  line_coding_ = {.bits_per_second = protocol::LoadLe<std::uint32_t>(data),
                  .stop_bits = data[4],
                  .parity = data[5],
                  .data_bits = data[6]};
  return Reply(std::in_place);
}

bool ControlEndpoint::HasInterface(std::uint16_t number) const {
  return configuration_ != 0 && number < kInterfaceCount;
}

}  // namespace mtkrig::emulator
