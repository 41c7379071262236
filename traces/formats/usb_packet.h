#pragma once

// One packet of usbmon, with its header read and its data bounded.

#include <algorithm>
#include <optional>
#include <string>

#include "traces/formats/event_checks.h"
#include "traces/formats/packet_reader.h"
#include "traces/formats/pcapng_format.h"
#include "traces/formats/usbmon.h"

namespace mtkrig::traces {

struct UsbPacket {
  UsbmonHeader header;
  // What was captured of its data; empty for isochronous transfers, whose data is in pieces.
  ByteSpan data;
  // The length of the data as the header has it, but never less than what is there, nor more than
  // kMaxTransferLength.
  std::uint64_t length = 0;
  Duration time{};
  std::uint64_t number = 0;
  std::uint64_t offset = 0;
};

inline bool IsUsbLink(std::uint32_t link_type) {
  return link_type == kLinkTypeUsbLinuxMmapped || link_type == kLinkTypeUsbLinux;
}

inline std::size_t UsbHeaderBytes(const CaptureItem& item) {
  return item.link_type == kLinkTypeUsbLinux ? kUsbmonShortHeaderBytes : kUsbmonHeaderBytes;
}

// Whether a kPacket of a USB link begins as one of usbmon's, and is shorter than its header.
bool IsCutInHeader(const CaptureItem& item);

// Requires a kPacket of a USB link; its data must stay valid as long as the result is used. Nothing
// if the header is not whole, or makes no sense.
std::optional<UsbPacket> ParseUsbPacket(const CaptureItem& item);
// The same into `packet`, whatever it held, and with as much of the header as ParseUsbmonInto()
// reads. If false, nothing of it is of use.
bool ParseUsbPacketInto(UsbPacket& packet, const CaptureItem& item);

// Whether the length cannot be, by what else is known of the packet: the item that it was parsed
// from has another length, or it is more than one transfer has (kMaxTransferLength). `ours`: it is
// of a recording of ours.
bool IsLengthDoubtful(const UsbPacket& packet, const CaptureItem& item, bool ours);
// Requires such a one: takes what can be believed for its length, and says so, for a gap.
std::string CorrectLength(UsbPacket& packet, const CaptureItem& item);

// Source: usb_read_linux_mmap() of libpcap counts usbmon's length where data was captured, and what
// of it usbmon's buffer held otherwise; our writer counts the length.
inline bool LengthFits(std::uint64_t original, std::size_t header_bytes, std::uint32_t length,
                       std::uint32_t captured, bool ours) {
  return original == header_bytes + std::uint64_t{length} || original == 0 ||
         (!ours && original == header_bytes + std::uint64_t{captured});
}

inline bool IsLengthDoubtful(const UsbPacket& packet, const CaptureItem& item, bool ours) {
  const UsbmonHeader& header = packet.header;
  // How much a read asks for is no length of anything.
  if (header.in() && header.type == kUsbmonSubmission) return false;
  if (header.length > kMaxTransferLength) return true;
  // Of isochronous transfers descriptors count, too, and gaps between packets.
  const bool has_data = header.in() || header.type == kUsbmonSubmission;
  return has_data && header.transfer != TransferType::kIsochronous &&
         !LengthFits(item.original, UsbHeaderBytes(item), header.length, header.captured, ours);
}

inline bool ParseUsbPacketInto(UsbPacket& packet, const CaptureItem& item) {
  const std::size_t header_bytes = UsbHeaderBytes(item);
  if (item.data.size() < header_bytes ||
      !ParseUsbmonInto(packet.header, item.data.first(header_bytes), item.endian)) {
    return false;
  }
  const UsbmonHeader& header = packet.header;
  packet.time = item.time;
  packet.number = item.number;
  packet.offset = item.offset;
  packet.data = {};
  if (header.flag_data == kFlagPresent && header.transfer != TransferType::kIsochronous) {
    const ByteSpan data = item.data.subspan(header_bytes);
    packet.data = data.first(std::min<std::size_t>(data.size(), header.captured));
  }
  packet.length = std::max<std::uint64_t>(
      std::min<std::uint64_t>(header.length, kMaxTransferLength), packet.data.size());
  return true;
}

}  // namespace mtkrig::traces
