#include "device/usbip_codec.h"

#include <fmt/format.h>

#include <limits>

namespace mtkrig::device::usbip {

using protocol::ByteReader;
using protocol::Endian;

namespace {
constexpr std::int32_t kMaxErrno = 4095;  // MAX_ERRNO of the kernel

std::vector<std::uint8_t> EncodeOpHeader(std::uint16_t code, std::size_t size) {
  std::vector<std::uint8_t> request(size);
  protocol::StoreBe(std::span(request), wire::kVersion);
  protocol::StoreBe(std::span(request).subspan(2), code);
  return request;
}

// The header's fields are words of four bytes.
void PutWord(Header& header, std::size_t index, std::uint32_t value) {
  protocol::StoreBe(std::span(header).subspan(4 * index), value);
}

Header EncodeBasic(std::uint32_t command, std::uint32_t seqnum, std::uint32_t devid) {
  Header header = {};
  PutWord(header, 0, command);
  PutWord(header, 1, seqnum);
  PutWord(header, 2, devid);
  return header;
}

}  // namespace

std::vector<std::uint8_t> EncodeDevlistRequest() {
  return EncodeOpHeader(wire::kReqDevlist, wire::kOpHeaderSize);
}

std::vector<std::uint8_t> EncodeImportRequest(std::string_view bus_id) {
  std::vector<std::uint8_t> request =
      EncodeOpHeader(wire::kReqImport, wire::kOpHeaderSize + wire::kBusIdSize);
  // One byte less than the field: the server looks for a terminating zero.
  const std::string_view name = bus_id.substr(0, wire::kBusIdSize - 1);
  std::copy(name.begin(), name.end(), request.begin() + wire::kOpHeaderSize);
  return request;
}

Result<std::uint32_t> DecodeOpHeader(ByteSpan header, std::uint16_t expected_code) {
  ByteReader reader(header, Endian::kBig);
  const auto version = reader.Take<std::uint16_t>();
  const auto code = reader.Take<std::uint16_t>();
  const auto status = reader.Take<std::uint32_t>();
  if (!version || !code || !status) {
    return Error(ErrorCode::kProtocol, "the USB/IP server's reply is cut off");
  }
  if (*version != wire::kVersion) {
    return Error(ErrorCode::kProtocol,
                 fmt::format("the server speaks version {:#06x} of USB/IP, not {:#06x}", *version,
                             wire::kVersion))
        .WithHint("check host and port: does a USB/IP server listen there?");
  }
  if (*code != expected_code) {
    return Error(ErrorCode::kProtocol, fmt::format("the USB/IP server sent reply {:#06x} to a "
                                                   "request that is answered with {:#06x}",
                                                   *code, expected_code));
  }
  return *status;
}

Result<ExportedDevice> DecodeDevice(ByteSpan bytes) {
  ByteReader reader(bytes, Endian::kBig);
  if (bytes.size() < wire::kDeviceSize || !reader.Skip(wire::kPathSize)) {
    return Error(ErrorCode::kProtocol, "the USB/IP server's device record is cut off");
  }
  const ByteSpan name = *reader.TakeBytes(wire::kBusIdSize);
  ExportedDevice device;
  const auto end = std::find(name.begin(), name.end(), 0);
  // A message shows the name, and a terminal obeys control characters.
  for (auto it = name.begin(); it != end; ++it) {
    const bool printable = *it > ' ' && *it < 0x7f;
    device.bus_id.push_back(printable ? static_cast<char>(*it) : '?');
  }
  device.bus = *reader.Take<std::uint32_t>();
  device.device = *reader.Take<std::uint32_t>();
  device.speed = *reader.Take<std::uint32_t>();
  device.id.vendor = *reader.Take<std::uint16_t>();
  device.id.product = *reader.Take<std::uint16_t>();
  // bcdDevice, class, subclass, protocol
  reader.Skip(5);
  device.configuration = *reader.Take<std::uint8_t>();
  reader.Skip(1);
  device.interfaces = *reader.Take<std::uint8_t>();
  return device;
}

Header EncodeSubmit(const Submit& submit) {
  Header header = EncodeBasic(wire::kCmdSubmit, submit.seqnum, submit.devid);
  PutWord(header, 3, submit.in ? wire::kDirectionIn : wire::kDirectionOut);
  PutWord(header, 4, submit.endpoint);
  PutWord(header, 5, submit.in ? wire::kFlagDirIn : 0);
  PutWord(header, 6, submit.length);
  // Start frame, number of packets, interval: of isochronous and interrupt transfers, zero here.
  const std::span<std::uint8_t> setup = std::span(header).subspan(wire::kSetupOffset);
  setup[0] = submit.setup.request_type;
  setup[1] = submit.setup.request;
  // The eight bytes of a set-up packet are little-endian as on the bus.
  protocol::StoreLe(setup.subspan(2), submit.setup.value);
  protocol::StoreLe(setup.subspan(4), submit.setup.index);
  protocol::StoreLe(setup.subspan(6), submit.setup.length);
  return header;
}

Header EncodeUnlink(std::uint32_t seqnum, std::uint32_t devid, std::uint32_t victim) {
  // Direction and endpoint are 0 in an unlink.
  Header header = EncodeBasic(wire::kCmdUnlink, seqnum, devid);
  PutWord(header, 5, victim);
  return header;
}

Result<Reply> DecodeReply(ByteSpan header) {
  ByteReader reader(header, Endian::kBig);
  if (header.size() < wire::kHeaderSize) {
    return Error(ErrorCode::kProtocol, "the USB/IP server's message is cut off");
  }
  Reply reply;
  reply.command = *reader.Take<std::uint32_t>();
  reply.seqnum = *reader.Take<std::uint32_t>();
  // Servers leave device, direction and endpoint zero in replies.
  reader.Skip(12);
  reply.status = static_cast<std::int32_t>(*reader.Take<std::uint32_t>());
  if (reply.status > 0 || reply.status < -kMaxErrno) {
    return Error(ErrorCode::kProtocol,
                 fmt::format("the USB/IP server sent the impossible status {}", reply.status));
  }
  if (reply.command == wire::kRetUnlink) return reply;
  if (reply.command != wire::kRetSubmit) {
    return Error(
        ErrorCode::kProtocol,
        fmt::format("the USB/IP server sent a message of unknown kind {:#x}", reply.command));
  }
  reply.actual_length = *reader.Take<std::uint32_t>();
  if (reply.actual_length > std::uint32_t{std::numeric_limits<std::int32_t>::max()}) {
    return Error(
        ErrorCode::kProtocol,
        fmt::format("the USB/IP server sent the impossible length {:#x}", reply.actual_length));
  }
  return reply;
}

}  // namespace mtkrig::device::usbip
