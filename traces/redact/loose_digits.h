#pragma once

// Identities in texts as digits that nothing holds together: what remains of the text when all but
// its digits is left out.

#include <cstddef>
#include <string>

#include "traces/redact/byte_forms.h"

namespace mtkrig::traces {

// Replaces the forms that `text` spells so. Returns how many it replaced. Takes linear time.
//
//  * Hex digits in words, with anything else between them, up to kLongestBetween characters: with
//  or
//    without 0x, with suffixes (7e92c0b4h, 0x7e92c0b4UL), in brackets, quotes or sentences. A word
//    that lacks its leading zeros has them in front, of 16, 32 or 64 bits.
//  * Decimal numbers of 32 and 64 bits, likewise.
std::size_t ReplaceLooseDigits(const ByteForms& forms, std::string& text);

inline constexpr std::size_t kLongestBetween = 32;

}  // namespace mtkrig::traces
