#include "traces/formats/usb_packet.h"

#include <algorithm>
#include <utility>

#include "traces/formats/event_checks.h"
#include "traces/formats/pcapng_format.h"

namespace mtkrig::traces {

bool IsUsbLink(std::uint32_t link_type) {
  return link_type == kLinkTypeUsbLinux || link_type == kLinkTypeUsbLinuxMmapped;
}

namespace {

std::size_t HeaderBytes(const CaptureItem& item) {
  return item.link_type == kLinkTypeUsbLinux ? kUsbmonShortHeaderBytes : kUsbmonHeaderBytes;
}

}  // namespace

bool IsCutInHeader(const CaptureItem& item) {
  // The type of the event and of the transfer, as usbmon.h has them.
  constexpr std::size_t kType = 8;
  constexpr std::size_t kTransfer = 9;
  if (item.data.size() >= HeaderBytes(item) || item.data.size() <= kTransfer) return false;
  const std::uint8_t type = item.data[kType];
  return (type == kUsbmonSubmission || type == kUsbmonCompletion || type == kUsbmonError) &&
         item.data[kTransfer] <= static_cast<std::uint8_t>(TransferType::kBulk);
}

std::optional<UsbPacket> ParseUsbPacket(const CaptureItem& item) {
  const std::size_t header_bytes = HeaderBytes(item);
  // The only thing that is returned, so that it is made in place and not copied.
  std::optional<UsbPacket> result;
  if (item.data.size() < header_bytes) return result;
  UsbPacket& packet = result.emplace();
  if (!ParseUsbmonInto(packet.header, item.data.first(header_bytes), item.endian)) {
    result.reset();
    return result;
  }
  const UsbmonHeader& header = packet.header;
  packet.time = item.time;
  packet.number = item.number;
  packet.offset = item.offset;
  if (header.flag_data == kFlagPresent && header.transfer != TransferType::kIsochronous) {
    const ByteSpan data = item.data.subspan(header_bytes);
    packet.data = data.first(std::min<std::size_t>(data.size(), header.captured));
  }
  packet.length = std::max<std::uint64_t>(
      std::min<std::uint64_t>(header.length, kMaxTransferLength), packet.data.size());
  return result;
}

}  // namespace mtkrig::traces
