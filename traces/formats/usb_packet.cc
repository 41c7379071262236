#include "traces/formats/usb_packet.h"

#include <fmt/format.h>

namespace mtkrig::traces {

bool IsCutInHeader(const CaptureItem& item) {
  // The type of the event and of the transfer, as usbmon.h has them.
  constexpr std::size_t kType = 8;
  constexpr std::size_t kTransfer = 9;
  if (item.data.size() >= UsbHeaderBytes(item) || item.data.size() <= kTransfer) return false;
  const std::uint8_t type = item.data[kType];
  return (type == kUsbmonSubmission || type == kUsbmonCompletion || type == kUsbmonError) &&
         item.data[kTransfer] <= static_cast<std::uint8_t>(TransferType::kBulk);
}

std::optional<UsbPacket> ParseUsbPacket(const CaptureItem& item) {
  UsbPacket packet;
  if (!ParseUsbPacketInto(packet, item)) return std::nullopt;
  return packet;
}

std::string CorrectLength(UsbPacket& packet, const CaptureItem& item) {
  const std::uint64_t told = packet.header.length;
  const std::uint64_t header_bytes = UsbHeaderBytes(item);
  const std::uint64_t present = packet.data.size();
  std::string text =
      fmt::format("packet {} says that it transferred {} bytes, ", item.number, told);
  const std::uint64_t by_item =
      item.original > header_bytes ? item.original - header_bytes : std::uint64_t{0};
  std::uint64_t believed = present;
  const bool data_counts = packet.header.in() || packet.header.type == kUsbmonSubmission;
  if (data_counts && item.original != 0 && by_item != told) {
    text += fmt::format("and the capture that it had {}", by_item);
    believed = std::min(told, by_item);
  } else {
    text += fmt::format("and one transfer has {} MiB at most", kMaxTransferLength >> 20);
  }
  if (believed > kMaxTransferLength) believed = present;
  packet.length = std::max(believed, present);
  return text + fmt::format(": {} are believed", packet.length);
}

}  // namespace mtkrig::traces
