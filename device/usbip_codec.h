#pragma once

// The messages of USB/IP as a client writes and reads them. Layouts: protocol/wire/usbip.h. What is
// decoded comes from a server that need not be trusted.

#include <array>
#include <string>
#include <vector>

#include "device/common.h"
#include "protocol/wire/usb.h"
#include "protocol/wire/usbip.h"

namespace mtkrig::device::usbip {

namespace wire = protocol::usbip;

struct ExportedDevice {
  std::string bus_id;
  std::uint32_t bus = 0;
  std::uint32_t device = 0;
  std::uint32_t speed = 0;
  UsbId id;
  std::uint8_t configuration = 0;
  std::uint8_t interfaces = 0;

  // The name of the device in the transfer phase.
  std::uint32_t devid() const { return (bus << 16) | device; }
};

std::vector<std::uint8_t> EncodeDevlistRequest();
std::vector<std::uint8_t> EncodeImportRequest(std::string_view bus_id);

// The status of a set-up reply; kProtocol for another version or another code than expected.
Result<std::uint32_t> DecodeOpHeader(ByteSpan header, std::uint16_t expected_code);
// `bytes` holds kDeviceSize bytes.
Result<ExportedDevice> DecodeDevice(ByteSpan bytes);

struct Setup {
  std::uint8_t request_type = 0;
  std::uint8_t request = 0;
  std::uint16_t value = 0;
  std::uint16_t index = 0;
  std::uint16_t length = 0;
};

using Header = std::array<std::uint8_t, wire::kHeaderSize>;

struct Submit {
  std::uint32_t seqnum = 0;
  std::uint32_t devid = 0;
  bool in = false;
  std::uint8_t endpoint = 0;  // without the direction bit
  std::uint32_t length = 0;
  Setup setup;  // of endpoint 0
};
Header EncodeSubmit(const Submit& submit);
Header EncodeUnlink(std::uint32_t seqnum, std::uint32_t devid, std::uint32_t victim);

struct Reply {
  std::uint32_t command = 0;  // kRetSubmit or kRetUnlink
  std::uint32_t seqnum = 0;
  std::int32_t status = 0;
  std::uint32_t actual_length = 0;  // of kRetSubmit
};
// `header` holds kHeaderSize bytes. kProtocol for a command or a length that cannot be.
Result<Reply> DecodeReply(ByteSpan header);

}  // namespace mtkrig::device::usbip
