#pragma once

// Text of people in formats that are made of lines: control characters, and bytes that are not
// UTF-8, become \n, \t, \r, \\ or \xNN. What is escaped comes back the same.

#include <optional>
#include <string>
#include <string_view>

namespace mtkrig::traces {

std::string EscapeText(std::string_view text);
// Nothing where a backslash begins no escape.
std::optional<std::string> UnescapeText(std::string_view text);

}  // namespace mtkrig::traces
