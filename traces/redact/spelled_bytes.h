#pragma once

// Bytes as texts for people spell them: hex digits with all sorts of marks in front and between,
// decimal numbers in a row, escapes of programming languages, base64.

#include <cstddef>
#include <string>

#include "traces/redact/byte_forms.h"

namespace mtkrig::traces {

// Replaces what `text` spells of the forms, each in its own way of spelling. Returns how many it
// replaced. Takes linear time.
//
//  * Hex digits in either case, two a byte; between bytes nothing or up to four blanks, line ends
//    or marks such as ", " or "_", and in front of each 0x, \x or %. Behind 0x and \x one digit is
//    enough.
//  * Decimal numbers up to 255 with such marks between them.
//  * Escapes (\x7e, \n, \\) with plain characters between them, as Python prints bytes.
//  * Base64, with either alphabet, also in the middle of it.
//  * Digits with anything between them (loose_digits.h).
std::size_t ReplaceSpelled(const ByteForms& forms, std::string& text);

}  // namespace mtkrig::traces
