#include "traces/formats/usb_packet.h"

#include <fmt/format.h>

#include "traces/model/gap_reasons.h"

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
  const std::uint64_t by_item =
      item.original > header_bytes ? item.original - header_bytes : std::uint64_t{0};
  std::uint64_t believed = present;
  const bool data_counts = packet.header.in() || packet.header.type == kUsbmonSubmission;
  const bool known = data_counts && item.original != 0 && by_item != told;
  if (known) believed = std::min(told, by_item);
  if (believed > kMaxTransferLength) believed = present;
  packet.length = std::max(believed, present);
  if (known) return fmt::format(gaps::kOtherLength, item.number, told, by_item, packet.length);
  return fmt::format(gaps::kLengthOfNone, item.number, told, kMaxTransferLength >> 20,
                     packet.length);
}

}  // namespace mtkrig::traces
