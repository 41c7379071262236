#include "device/usbip_client.h"

#include <fmt/format.h>

namespace mtkrig::device::usbip {
namespace {

// More devices than one host controller's buses can carry are not a list.
constexpr std::uint32_t kMaxDevices = 1024;

Error Silent() {
  return Error(ErrorCode::kTimeout, "the USB/IP server does not answer")
      .WithHint("check host and port: does a USB/IP server listen there?");
}

Result<void> SendAll(Stream& stream, std::vector<std::uint8_t> bytes, const Deadline& deadline,
                     const Cancellation* cancellation) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    iovec part = {bytes.data() + at, bytes.size() - at};
    TRY_ASSIGN(const std::size_t sent, stream.Send({&part, 1}));
    at += sent;
    if (sent > 0) continue;
    if (IsCancelled(cancellation)) return CancelledError();
    if (deadline.passed()) return Silent();
    stream.Wait(true, deadline.left(), cancellation);
  }
  return Ok();
}

Result<std::vector<std::uint8_t>> ReceiveExact(Stream& stream, std::size_t size,
                                               const Deadline& deadline,
                                               const Cancellation* cancellation) {
  std::vector<std::uint8_t> bytes(size);
  std::size_t at = 0;
  while (at < size) {
    iovec part = {bytes.data() + at, size - at};
    TRY_ASSIGN(const std::size_t count, stream.Receive({&part, 1}));
    at += count;
    if (count > 0) continue;
    if (IsCancelled(cancellation)) return CancelledError();
    if (deadline.passed()) return Silent();
    stream.Wait(false, deadline.left(), cancellation);
  }
  return bytes;
}

Error Refused(std::uint32_t status, std::string_view bus_id) {
  switch (status) {
    case wire::kStatusDeviceBusy:
      return Error(ErrorCode::kBusy, fmt::format("device {} is in use by another client", bus_id))
          .WithHint(
              "end the other client; a machine with the kernel's client needs `usbip detach`");
    case wire::kStatusDeviceError:
      return Error(ErrorCode::kBusy, fmt::format("the server cannot hand out device {}", bus_id))
          .WithHint("plug the phone in again at the server");
    default:
      // Servers up to Linux 4.9 say "not available" for a busy device too.
      return Error(ErrorCode::kNotFound, fmt::format("the server exports no device {}", bus_id));
  }
}

}  // namespace

Result<std::vector<ExportedDevice>> ListDevices(Stream& stream, const Deadline& deadline,
                                                const Cancellation* cancellation) {
  TRY(SendAll(stream, EncodeDevlistRequest(), deadline, cancellation));
  TRY_ASSIGN(const auto header,
             ReceiveExact(stream, wire::kOpHeaderSize + 4, deadline, cancellation));
  TRY_ASSIGN(const std::uint32_t status,
             DecodeOpHeader(ByteSpan(header).subspan(0, wire::kOpHeaderSize), wire::kRepDevlist));
  const auto count = protocol::LoadBe<std::uint32_t>(ByteSpan(header).subspan(wire::kOpHeaderSize));
  if (status != wire::kStatusOk || count > kMaxDevices) {
    return Error(ErrorCode::kProtocol,
                 fmt::format("the USB/IP server answered the request for its list with status {} "
                             "and {} devices",
                             status, count));
  }
  std::vector<ExportedDevice> devices;
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY_ASSIGN(const auto bytes, ReceiveExact(stream, wire::kDeviceSize, deadline, cancellation));
    TRY_ASSIGN(ExportedDevice device, DecodeDevice(bytes));
    TRY_ASSIGN(
        [[maybe_unused]] const auto interfaces,
        ReceiveExact(stream, device.interfaces * wire::kInterfaceSize, deadline, cancellation));
    devices.push_back(std::move(device));
  }
  return devices;
}

Result<ExportedDevice> Import(Stream& stream, std::string_view bus_id, const Deadline& deadline,
                              const Cancellation* cancellation) {
  TRY(SendAll(stream, EncodeImportRequest(bus_id), deadline, cancellation));
  TRY_ASSIGN(const auto header, ReceiveExact(stream, wire::kOpHeaderSize, deadline, cancellation));
  TRY_ASSIGN(const std::uint32_t status, DecodeOpHeader(header, wire::kRepImport));
  if (status != wire::kStatusOk) return Refused(status, bus_id);
  TRY_ASSIGN(const auto bytes, ReceiveExact(stream, wire::kDeviceSize, deadline, cancellation));
  TRY_ASSIGN(ExportedDevice device, DecodeDevice(bytes));
  if (device.bus_id != bus_id) {
    return Error(ErrorCode::kProtocol, fmt::format("the server handed out device {} instead of {}",
                                                   device.bus_id, bus_id));
  }
  return device;
}

}  // namespace mtkrig::device::usbip
