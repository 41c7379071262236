#include "traces/formats/usb_packet.h"

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

}  // namespace mtkrig::traces
