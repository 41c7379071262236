#include "traces/formats/usbmon.h"

#include <algorithm>

namespace mtkrig::traces {

using namespace usbmon_offsets;  // NOLINT(google-build-using-namespace)

std::optional<UsbmonHeader> ParseUsbmon(protocol::ByteSpan data, protocol::Endian endian) {
  UsbmonHeader header;
  if (!ParseUsbmonInto(header, data, endian)) return std::nullopt;
  const auto i32 = [&](std::size_t at) {
    return static_cast<std::int32_t>(FastLoad<std::uint32_t>(data.subspan(at), endian));
  };
  header.seconds =
      static_cast<std::int64_t>(FastLoad<std::uint64_t>(data.subspan(kSeconds), endian));
  header.microseconds = i32(kMicroseconds);
  if (data.size() < kUsbmonHeaderBytes) return header;
  header.interval = i32(kInterval);
  header.start_frame = i32(kStartFrame);
  header.transfer_flags = static_cast<std::uint32_t>(i32(kTransferFlags));
  header.descriptors = static_cast<std::uint32_t>(i32(kDescriptors));
  return header;
}

std::array<std::uint8_t, kUsbmonHeaderBytes> StoreUsbmon(const UsbmonHeader& header,
                                                         protocol::Endian endian) {
  std::array<std::uint8_t, kUsbmonHeaderBytes> bytes{};
  const std::span<std::uint8_t> out(bytes);
  const auto put32 = [&](std::size_t at, std::uint32_t value) {
    protocol::Store(out.subspan(at), value, endian);
  };
  protocol::Store(out.subspan(kId), header.id, endian);
  out[kType] = header.type;
  out[kTransfer] = static_cast<std::uint8_t>(header.transfer);
  out[kEndpoint] = header.endpoint;
  out[kDevice] = header.device;
  protocol::Store(out.subspan(kBus), header.bus, endian);
  out[kFlagSetup] = header.flag_setup;
  out[kFlagData] = header.flag_data;
  protocol::Store(out.subspan(kSeconds), static_cast<std::uint64_t>(header.seconds), endian);
  put32(kMicroseconds, static_cast<std::uint32_t>(header.microseconds));
  put32(kStatus, static_cast<std::uint32_t>(header.status));
  put32(kLength, header.length);
  put32(kCaptured, header.captured);
  std::copy(header.setup.begin(), header.setup.end(), out.begin() + kSetup);
  put32(kInterval, static_cast<std::uint32_t>(header.interval));
  put32(kStartFrame, static_cast<std::uint32_t>(header.start_frame));
  put32(kTransferFlags, header.transfer_flags);
  put32(kDescriptors, header.descriptors);
  return bytes;
}

}  // namespace mtkrig::traces
