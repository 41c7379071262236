#pragma once

// Captures put together byte by byte from the published layouts, independently of our writer.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.h"

namespace mtkrig::traces {

using Bytes = std::vector<std::uint8_t>;

// One packet of usbmon, with fields as Documentation/usb/usbmon.rst names them.
struct Urb {
  std::uint64_t id = 0x100;
  char type = 'S';
  std::uint8_t transfer = 3;  // bulk
  std::uint8_t endpoint = 1;  // 0x80 added for IN
  std::uint8_t device = 5;
  std::uint16_t bus = 1;
  char flag_setup = '-';
  char flag_data = '\0';
  std::int64_t seconds = 0;
  std::int32_t microseconds = 0;
  std::int32_t status = 0;
  std::uint32_t length = 0;
  Bytes setup = Bytes(8);
  Bytes data = {};
};

// A write of `data`, and its completion.
Urb OutSubmit(std::uint64_t id, Bytes data);
Urb OutComplete(std::uint64_t id, std::uint32_t length, std::int32_t status = 0);
// A read of up to `length` bytes, and its completion.
Urb InSubmit(std::uint64_t id, std::uint32_t length);
Urb InComplete(std::uint64_t id, Bytes data, std::int32_t status = 0);
// A request without data to the host, and one that reads `data`; both packets of each.
std::vector<Urb> Control(std::uint64_t id, Bytes setup, std::int32_t status = 0);
std::vector<Urb> ControlIn(std::uint64_t id, Bytes setup, Bytes data);
// GET_DESCRIPTOR(device) and the answer of a device with these ids.
std::vector<Urb> Descriptor(std::uint64_t id, std::uint16_t vendor, std::uint16_t product);
// SET_FEATURE(PORT_RESET) of a port of hub `hub`.
std::vector<Urb> PortReset(std::uint64_t id, std::uint8_t hub, std::uint8_t port);

std::vector<Urb> At(std::uint16_t bus, std::uint8_t device, std::vector<Urb> urbs);
std::vector<Urb> Join(std::vector<std::vector<Urb>> parts);

// The bytes of the packet: the header of 64 or 48 bytes, then the data.
Bytes UsbmonBytes(const Urb& urb, protocol::Endian endian, std::size_t header_bytes = 64);

class PcapngBuilder {
 public:
  explicit PcapngBuilder(protocol::Endian endian = protocol::Endian::kLittle) : endian_(endian) {}

  PcapngBuilder& Section(const std::vector<std::string>& comments = {});
  // Time resolution as the option's byte; microseconds without one.
  PcapngBuilder& Interface(std::uint16_t link_type = 220, int resolution = -1,
                           std::uint32_t snap_length = 0);
  // `original` is how long the packet was before the capture cut it; 0 for as long as it is.
  PcapngBuilder& Enhanced(const Bytes& packet, std::uint64_t ticks = 0, std::uint32_t interface = 0,
                          const std::vector<std::string>& comments = {},
                          std::uint32_t original = 0);
  PcapngBuilder& Obsolete(const Bytes& packet, std::uint64_t ticks);
  PcapngBuilder& Simple(const Bytes& packet, std::uint32_t original);
  PcapngBuilder& Block(std::uint32_t type, const Bytes& body);
  PcapngBuilder& Raw(const Bytes& bytes);
  // One packet each, one microsecond apart.
  PcapngBuilder& Urbs(const std::vector<Urb>& urbs, std::uint32_t interface = 0);

  const Bytes& bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  void Option(protocol::ByteWriter& body, std::uint16_t code, const Bytes& value) const;
  void Comments(protocol::ByteWriter& body, const std::vector<std::string>& comments) const;

  protocol::Endian endian_;
  Bytes bytes_;
  std::uint64_t ticks_ = 0;
};

// A capture of one section, one interface.
Bytes Pcapng(const std::vector<Urb>& urbs);
// Magic, link type and header length by their numbers.
Bytes Pcap(const std::vector<Urb>& urbs, protocol::Endian endian, std::uint32_t magic,
           std::uint32_t link_type);

Bytes FromText(std::string_view text);

}  // namespace mtkrig::traces
