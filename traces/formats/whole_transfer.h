#pragma once

// A bulk transfer whose two packets stand side by side, as our own recordings have nearly all: one
// look at both makes the event, where UrbPairing has to keep the first until the second comes.

#include "traces/formats/packet_reader.h"
#include "traces/formats/urb_pairing.h"

namespace mtkrig::traces {

// Makes `event`, whatever it held, of the two packets if they are the submission and the completion
// of one bulk transfer that ended well: what UrbPairing makes of them while no other transfer is
// open. The bytes stay where the packets have them. False, and `event` is as it was, for all else.
bool MakeWholeTransfer(const PacketPair& pair, Event& event);

// Whose transfer that was, for UrbPairing::EndedWhole().
UrbLine LineOfWholeTransfer(const PacketPair& pair);

}  // namespace mtkrig::traces
