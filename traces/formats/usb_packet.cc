#include "traces/formats/usb_packet.h"

namespace mtkrig::traces {

std::optional<UsbPacket> ParseUsbPacket(const CaptureItem& item) {
  UsbPacket packet;
  if (!ParseUsbPacketInto(packet, item)) return std::nullopt;
  return packet;
}

}  // namespace mtkrig::traces
