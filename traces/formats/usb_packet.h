#pragma once

// One packet of usbmon, with its header read and its data bounded.

#include <optional>

#include "traces/formats/packet_reader.h"
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

bool IsUsbLink(std::uint32_t link_type);

// Whether a kPacket of a USB link begins as one of usbmon's, and is shorter than its header.
bool IsCutInHeader(const CaptureItem& item);

// Requires a kPacket of a USB link; its data must stay valid as long as the result is used. Nothing
// if the header is not whole, or makes no sense.
std::optional<UsbPacket> ParseUsbPacket(const CaptureItem& item);

}  // namespace mtkrig::traces
