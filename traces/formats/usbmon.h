#pragma once

// The header in front of every packet of usbmon. Source: Documentation/usb/usbmon.rst of the Linux
// kernel, "Raw binary format and API"; all fields in the byte order of the machine that captured.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "protocol/base/bytes.h"

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

// Reads either length: of a short header the fields after `setup` stay 0. Nothing if `data` is
// shorter than 48 bytes, or its type or transfer type has no meaning.
std::optional<UsbmonHeader> ParseUsbmon(protocol::ByteSpan data, protocol::Endian endian);
// The same into `header`, whatever it held: there are two for each transfer, and copies show. If
// false, nothing of it is of use.
bool ParseUsbmonInto(UsbmonHeader& header, protocol::ByteSpan data, protocol::Endian endian);

std::array<std::uint8_t, kUsbmonHeaderBytes> StoreUsbmon(const UsbmonHeader& header,
                                                         protocol::Endian endian);

}  // namespace mtkrig::traces
