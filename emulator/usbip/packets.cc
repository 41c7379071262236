#include "emulator/usbip/packets.h"

#include <algorithm>
#include <string_view>

namespace mtkrig::emulator::usbip {
namespace {

namespace wire = protocol::usbip;
using protocol::ByteSpan;
using protocol::ByteWriter;
using protocol::Endian;
using protocol::LoadBe;
using protocol::StoreBe;

// Offsets in the 48-byte header (protocol/wire/usbip.h lists the fields).
constexpr std::size_t kSequence = 4;
constexpr std::size_t kDeviceId = 8;
constexpr std::size_t kDirection = 12;
constexpr std::size_t kEndpointNumber = 16;
constexpr std::size_t kFlags = 20;
constexpr std::size_t kUnlinkSequence = 20;
constexpr std::size_t kStatus = 20;
constexpr std::size_t kLength = 24;
constexpr std::size_t kActualLength = 24;
constexpr std::size_t kPacketCount = 32;

static_assert(wire::kSetupOffset + protocol::usb::kSetupSize == wire::kHeaderSize);

std::uint32_t Word(ByteSpan bytes, std::size_t at) {
  return LoadBe<std::uint32_t>(bytes.subspan(at));
}

void PutText(ByteWriter& out, std::string_view text, std::size_t size) {
  text = text.substr(0, size - 1);
  for (const char character : text) out.Put(static_cast<std::uint8_t>(character));
  out.PutZeros(size - text.size());
}

void PutDevice(ByteWriter& out, const DeviceListing& device) {
  const DeviceDescription& description = device.description;
  PutText(out, device.path, wire::kPathSize);
  PutText(out, device.bus_id, wire::kBusIdSize);
  out.Put(device.bus_number).Put(device.device_number);
  out.Put(description.speed == UsbSpeed::kHigh ? wire::kSpeedHigh : wire::kSpeedFull);
  out.Put(description.vendor_id).Put(description.product_id).Put(description.device_release);
  out.Put(protocol::usb::kClassCommunications).PutZeros(2);  // subclass, protocol
  // Shown as a host shows it that has enumerated the phone: configured.
  out.Put(kConfigurationValue).Put(std::uint8_t{1}).Put(kInterfaceCount);
}

ByteWriter StartReply(std::uint16_t code, std::uint32_t status) {
  ByteWriter out(Endian::kBig);
  out.Put(wire::kVersion).Put(code).Put(status);
  return out;
}

}  // namespace

Operation ParseOperation(ByteSpan bytes) {
  return {.version = LoadBe<std::uint16_t>(bytes),
          .code = LoadBe<std::uint16_t>(bytes.subspan(2)),
          .status = LoadBe<std::uint32_t>(bytes.subspan(4))};
}

std::string ParseBusId(ByteSpan bytes) {
  const auto end = std::find(bytes.begin(), bytes.end(), std::uint8_t{0});
  if (end == bytes.end()) return {};
  return {bytes.begin(), end};
}

Command ParseCommand(ByteSpan bytes) {
  Command command = {.command = Word(bytes, 0),
                     .sequence = Word(bytes, kSequence),
                     .device_id = Word(bytes, kDeviceId),
                     .direction = Word(bytes, kDirection),
                     .endpoint = Word(bytes, kEndpointNumber)};
  if (command.command == wire::kCmdUnlink) {
    command.unlink_sequence = Word(bytes, kUnlinkSequence);
  } else {
    command.flags = Word(bytes, kFlags);
    command.length = static_cast<std::int32_t>(Word(bytes, kLength));
    command.packet_count = Word(bytes, kPacketCount);
    std::copy_n(bytes.begin() + wire::kSetupOffset, command.setup.size(), command.setup.begin());
  }
  return command;
}

std::vector<std::uint8_t> EncodeDeviceList(const std::vector<DeviceListing>& devices) {
  ByteWriter out = StartReply(wire::kRepDevlist, wire::kStatusOk);
  out.Put(static_cast<std::uint32_t>(devices.size()));
  for (const DeviceListing& device : devices) {
    PutDevice(out, device);
    for (const InterfaceClass& kind : InterfaceClasses(device.description.layout)) {
      out.Put(kind.interface_class).Put(kind.subclass).Put(kind.protocol).PutZeros(1);
    }
  }
  return out.Release();
}

std::vector<std::uint8_t> EncodeImportReply(std::uint32_t status, const DeviceListing* device) {
  ByteWriter out = StartReply(wire::kRepImport, status);
  if (status == wire::kStatusOk && device != nullptr) PutDevice(out, *device);
  return out.Release();
}

Header EncodeSubmitReply(std::uint32_t sequence, std::int32_t status, std::uint32_t actual_length) {
  Header header = {};
  const std::span<std::uint8_t> out(header);
  StoreBe(out, wire::kRetSubmit);
  StoreBe(out.subspan(kSequence), sequence);
  StoreBe(out.subspan(kStatus), static_cast<std::uint32_t>(status));
  StoreBe(out.subspan(kActualLength), actual_length);
  StoreBe(out.subspan(kPacketCount), wire::kNoPackets);
  return header;
}

Header EncodeUnlinkReply(std::uint32_t sequence, std::int32_t status) {
  Header header = {};
  const std::span<std::uint8_t> out(header);
  StoreBe(out, wire::kRetUnlink);
  StoreBe(out.subspan(kSequence), sequence);
  StoreBe(out.subspan(kStatus), static_cast<std::uint32_t>(status));
  return header;
}

}  // namespace mtkrig::emulator::usbip
