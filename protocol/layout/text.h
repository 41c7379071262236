#pragma once

// Text of unknown origin, cut into lines. Files that people pass around were saved by editors of
// every kind, so byte-order marks, UTF-16 and all three line endings are undone here, once.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mtkrig::protocol {

constexpr char ToLowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
std::string ToLower(std::string_view text);
// Without the blanks, tabs, no-break spaces and control characters at both ends.
std::string_view Trim(std::string_view text);
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

// To UTF-8 without a byte-order mark. UTF-16 is recognised by its mark, or by the zero in every
// other byte; characters outside ASCII become '?', since no name in a scatter file has any.
std::string DecodeText(std::string_view bytes);
// Whether the mark is that of UTF-32, which DecodeText() does not undo.
bool IsUtf32(std::string_view bytes);

// Ends at LF, CRLF or CR. The views point into `text`. A last line without an end counts.
std::vector<std::string_view> SplitLines(std::string_view text);

// For messages: control characters replaced, cut at 60 characters.
std::string Printable(std::string_view text);

}  // namespace mtkrig::protocol
