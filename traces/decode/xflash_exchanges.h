#pragma once

// The exchanges behind the commands of the xflash agent: what follows the command's packet.

#include <cstdint>

#include "traces/decode/packets.h"

namespace mtkrig::traces {

// A command. Requires that its packet is next, of this number.
Task<void> DecodeXflashCommand(Packets& packets, std::uint32_t number);

// --- Of the commands that move flash content. ----------------------------------------------------

Task<void> DecodeReadData(Packets& packets);
Task<void> DecodeUpload(Packets& packets);
Task<void> DecodeWriteData(Packets& packets);
Task<void> DecodeDownload(Packets& packets);
Task<void> DecodeFormat(Packets& packets);
Task<void> DecodeFormatPartition(Packets& packets);

// --- Of DEVICE_CTRL. -----------------------------------------------------------------------------

// From its first status on.
Task<void> DecodeDeviceControl(Packets& packets);
// The answer of a getter.
Task<void> DecodeControlAnswer(Packets& packets, std::uint32_t control);

}  // namespace mtkrig::traces
