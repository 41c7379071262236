#include "traces/formats/usbmon.h"

#include <algorithm>

#include "traces/formats/fast_load.h"

namespace mtkrig::traces {
namespace {

// Offsets as the kernel documents them.
constexpr std::size_t kId = 0;
constexpr std::size_t kType = 8;
constexpr std::size_t kTransfer = 9;
constexpr std::size_t kEndpoint = 10;
constexpr std::size_t kDevice = 11;
constexpr std::size_t kBus = 12;
constexpr std::size_t kFlagSetup = 14;
constexpr std::size_t kFlagData = 15;
constexpr std::size_t kSeconds = 16;
constexpr std::size_t kMicroseconds = 24;
constexpr std::size_t kStatus = 28;
constexpr std::size_t kLength = 32;
constexpr std::size_t kCaptured = 36;
constexpr std::size_t kSetup = 40;
constexpr std::size_t kInterval = 48;
constexpr std::size_t kStartFrame = 52;
constexpr std::size_t kTransferFlags = 56;
constexpr std::size_t kDescriptors = 60;
static_assert(kSetup + sizeof(UsbmonHeader::setup) == kUsbmonShortHeaderBytes);
static_assert(kDescriptors + sizeof(UsbmonHeader::descriptors) == kUsbmonHeaderBytes);

}  // namespace

std::optional<UsbmonHeader> ParseUsbmon(protocol::ByteSpan data, protocol::Endian endian) {
  UsbmonHeader header;
  if (!ParseUsbmonInto(header, data, endian)) return std::nullopt;
  return header;
}

namespace {

// With the order known to the compiler: there are two headers for each transfer.
template <protocol::Endian endian>
bool Parse(UsbmonHeader& header, protocol::ByteSpan data) {
  if (data.size() < kUsbmonShortHeaderBytes) return false;
  const auto u32 = [data](std::size_t at) {
    return FastLoad<std::uint32_t>(data.subspan(at), endian);
  };
  const auto i32 = [&](std::size_t at) {
    return static_cast<std::int32_t>(u32(at));
  };
  const auto u64 = [data](std::size_t at) {
    return FastLoad<std::uint64_t>(data.subspan(at), endian);
  };

  header.type = data[kType];
  const bool known_type = header.type == kUsbmonSubmission || header.type == kUsbmonCompletion ||
                          header.type == kUsbmonError;
  if (!known_type || data[kTransfer] > static_cast<std::uint8_t>(TransferType::kBulk)) {
    return false;
  }
  header.id = u64(kId);
  header.transfer = static_cast<TransferType>(data[kTransfer]);
  header.endpoint = data[kEndpoint];
  header.device = data[kDevice];
  header.bus = FastLoad<std::uint16_t>(data.subspan(kBus), endian);
  header.flag_setup = data[kFlagSetup];
  header.flag_data = data[kFlagData];
  header.seconds = static_cast<std::int64_t>(u64(kSeconds));
  header.microseconds = i32(kMicroseconds);
  header.status = i32(kStatus);
  header.length = u32(kLength);
  header.captured = u32(kCaptured);
  std::copy_n(data.begin() + kSetup, header.setup.size(), header.setup.begin());
  const bool whole = data.size() >= kUsbmonHeaderBytes;
  header.interval = whole ? i32(kInterval) : 0;
  header.start_frame = whole ? i32(kStartFrame) : 0;
  header.transfer_flags = whole ? u32(kTransferFlags) : 0;
  header.descriptors = whole ? u32(kDescriptors) : 0;
  return true;
}

}  // namespace

bool ParseUsbmonInto(UsbmonHeader& header, protocol::ByteSpan data, protocol::Endian endian) {
  return endian == protocol::Endian::kLittle ? Parse<protocol::Endian::kLittle>(header, data)
                                             : Parse<protocol::Endian::kBig>(header, data);
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
