#pragma once

// Telling .wire text from other text: debug logs, and reports that people wrote around them, begin
// alike, with a heading, a time in brackets, a quotation.

#include "protocol/base/bytes.h"

namespace mtkrig::traces {

// Whether `head`, the first bytes of a file, can be the beginning of a .wire file: text whose first
// line that is not blank begins with one of the characters that lines begin with.
bool LooksLikeWire(protocol::ByteSpan head);

// Whether `head` is of a .wire file and of no log: each of its lines begins as one of a .wire file
// does; or, whatever mistakes it has, one of them is of .wire text only, such as "@ wire 1" or
// "[+1ms] > a0". Where it is not the `whole` file its last line may be cut: its beginning tells,
// and it does not count where little of it is there. False where no line tells.
bool HasWireLines(protocol::ByteSpan head, bool whole);

}  // namespace mtkrig::traces
