#pragma once

// Characters of XML that both of its readers look at. Private to scatter_xml*.cc.

#include <string>
#include <string_view>
#include <vector>

namespace mtkrig::protocol::scatter_internal {

inline constexpr std::string_view kXmlBlanks = " \t\r\n";

// "&amp;", "&#38;" and the like undone, in one pass, so that "&amp;lt;" is "&lt;". An ampersand
// that begins nothing of the kind stays. Characters outside of ASCII become '?', as everywhere.
std::string WithoutEntities(std::string_view text);

// The lines, from 1, with an ampersand that begins no entity; each once. Comments, declarations and
// CDATA may have them.
std::vector<int> LinesOfBareAmpersands(std::string_view text);

}  // namespace mtkrig::protocol::scatter_internal
