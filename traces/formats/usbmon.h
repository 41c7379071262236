#pragma once

// The header in front of every packet of usbmon. Source: Documentation/usb/usbmon.rst of the Linux
// kernel, "Raw binary format and API"; all fields in the byte order of the machine that captured.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "protocol/base/bytes.h"
#include "traces/formats/fast_load.h"

namespace mtkrig::traces {

// Link type 220 has the whole header, 189 its first 48 bytes.
inline constexpr std::size_t kUsbmonHeaderBytes = 64;
inline constexpr std::size_t kUsbmonShortHeaderBytes = 48;

inline constexpr std::uint8_t kUsbmonSubmission = 'S';
inline constexpr std::uint8_t kUsbmonCompletion = 'C';
inline constexpr std::uint8_t kUsbmonError = 'E';  // of a submission: no completion follows

enum class TransferType : std::uint8_t {
  kIsochronous = 0,
  kInterrupt = 1,
  kControl = 2,
  kBulk = 3
};

// Bit of an endpoint's address: from the device to the host.
inline constexpr std::uint8_t kEndpointIn = 0x80;
// Values of flag_setup and flag_data; a data flag other than 0 means that no data was captured.
inline constexpr std::uint8_t kFlagPresent = 0;
inline constexpr std::uint8_t kFlagNoSetup = '-';
inline constexpr std::uint8_t kFlagNoDataIn = '<';
inline constexpr std::uint8_t kFlagNoDataOut = '>';
inline constexpr std::uint8_t kFlagNoDataCaptured = 'D';

// errno values of Linux that stand in `status`, as usbmon writes them. They are part of the file
// format: the reader's own <cerrno> may differ.
inline constexpr std::int32_t kUsbmonInProgress = -115;

struct UsbmonHeader {
  std::uint64_t id = 0;
  std::uint8_t type = kUsbmonSubmission;
  TransferType transfer = TransferType::kBulk;
  std::uint8_t endpoint = 0;  // with kEndpointIn
  std::uint8_t device = 0;
  std::uint16_t bus = 0;
  std::uint8_t flag_setup = kFlagNoSetup;
  std::uint8_t flag_data = kFlagPresent;
  std::int64_t seconds = 0;
  std::int32_t microseconds = 0;
  std::int32_t status = 0;
  std::uint32_t length = 0;    // submitted or actual
  std::uint32_t captured = 0;  // how much of it follows
  std::array<std::uint8_t, 8> setup{};
  std::int32_t interval = 0;
  std::int32_t start_frame = 0;
  std::uint32_t transfer_flags = 0;
  std::uint32_t descriptors = 0;

  bool in() const { return (endpoint & kEndpointIn) != 0; }
};

// An endpoint with its direction, of a device of a bus.
struct UrbLine {
  std::uint16_t bus = 0;
  std::uint8_t device = 0;
  std::uint8_t endpoint = 0;

  std::uint32_t number() const {
    return (std::uint32_t{bus} << 16) | (std::uint32_t{device} << 8) | endpoint;
  }
};

// Reads either length: of a short header the fields after `setup` stay 0. Nothing if `data` is
// shorter than 48 bytes, or its type or transfer type has no meaning.
std::optional<UsbmonHeader> ParseUsbmon(protocol::ByteSpan data, protocol::Endian endian);
// The same into `header`, but for its time and what stands behind `setup`, which stay as they are:
// what pairs packets looks at neither, and there are two headers for each transfer. If false,
// nothing of it is of use.
bool ParseUsbmonInto(UsbmonHeader& header, protocol::ByteSpan data, protocol::Endian endian);

std::array<std::uint8_t, kUsbmonHeaderBytes> StoreUsbmon(const UsbmonHeader& header,
                                                         protocol::Endian endian);

namespace usbmon_offsets {

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

}  // namespace usbmon_offsets

// With the order known to the compiler: there are two headers for each transfer.
template <protocol::Endian endian>
bool ParseUsbmonIn(UsbmonHeader& header, protocol::ByteSpan data) {
  using namespace usbmon_offsets;  // NOLINT(google-build-using-namespace)
  if (data.size() < kUsbmonShortHeaderBytes) return false;
  const auto u32 = [data](std::size_t at) {
    return FastLoad<std::uint32_t>(data.subspan(at), endian);
  };
  header.type = data[kType];
  const bool known_type = header.type == kUsbmonSubmission || header.type == kUsbmonCompletion ||
                          header.type == kUsbmonError;
  if (!known_type || data[kTransfer] > static_cast<std::uint8_t>(TransferType::kBulk)) {
    return false;
  }
  header.id = FastLoad<std::uint64_t>(data.subspan(kId), endian);
  header.transfer = static_cast<TransferType>(data[kTransfer]);
  header.endpoint = data[kEndpoint];
  header.device = data[kDevice];
  header.bus = FastLoad<std::uint16_t>(data.subspan(kBus), endian);
  header.flag_setup = data[kFlagSetup];
  header.flag_data = data[kFlagData];
  header.status = static_cast<std::int32_t>(u32(kStatus));
  header.length = u32(kLength);
  header.captured = u32(kCaptured);
  std::copy_n(data.begin() + kSetup, header.setup.size(), header.setup.begin());
  return true;
}

inline bool ParseUsbmonInto(UsbmonHeader& header, protocol::ByteSpan data,
                            protocol::Endian endian) {
  return endian == protocol::Endian::kLittle
             ? ParseUsbmonIn<protocol::Endian::kLittle>(header, data)
             : ParseUsbmonIn<protocol::Endian::kBig>(header, data);
}

}  // namespace mtkrig::traces
