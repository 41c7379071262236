#include "traces/formats/usb_packet.h"

#include <algorithm>

#include "traces/formats/event_checks.h"

namespace mtkrig::traces {

std::optional<UsbPacket> ParseUsbPacket(const CaptureItem& item) {
  UsbPacket packet;
  if (!ParseUsbPacketInto(packet, item)) return std::nullopt;
  return packet;
}

bool ParseUsbPacketInto(UsbPacket& packet, const CaptureItem& item) {
  const std::size_t header_bytes =
      item.link_type == kLinkTypeUsbLinux ? kUsbmonShortHeaderBytes : kUsbmonHeaderBytes;
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
