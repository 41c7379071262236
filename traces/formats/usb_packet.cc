#include "traces/formats/usb_packet.h"

#include <algorithm>

#include "traces/formats/event_checks.h"
#include "traces/formats/pcapng_format.h"

namespace mtkrig::traces {

bool IsUsbLink(std::uint32_t link_type) {
  return link_type == kLinkTypeUsbLinux || link_type == kLinkTypeUsbLinuxMmapped;
}

std::optional<UsbPacket> ParseUsbPacket(const CaptureItem& item) {
  const std::size_t header_bytes =
      item.link_type == kLinkTypeUsbLinux ? kUsbmonShortHeaderBytes : kUsbmonHeaderBytes;
  if (item.data.size() < header_bytes) return std::nullopt;
  const std::optional<UsbmonHeader> header =
      ParseUsbmon(item.data.first(header_bytes), item.endian);
  if (!header.has_value()) return std::nullopt;
  UsbPacket packet;
  packet.header = *header;
  packet.time = item.time;
  packet.number = item.number;
  packet.offset = item.offset;
  if (header->flag_data == kFlagPresent && header->transfer != TransferType::kIsochronous) {
    const ByteSpan data = item.data.subspan(header_bytes);
    packet.data = data.first(std::min<std::size_t>(data.size(), header->captured));
  }
  packet.length = std::max<std::uint64_t>(
      std::min<std::uint64_t>(header->length, kMaxTransferLength), packet.data.size());
  return packet;
}

}  // namespace mtkrig::traces
