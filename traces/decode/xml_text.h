#pragma once

// As much of XML as the xml agent and its hosts use: elements without the same element inside, few
// attributes, no entities that matter. It never fails; what is damaged has fewer elements.

#include <cstddef>
#include <string_view>
#include <vector>

namespace mtkrig::traces {

// An element without elements in it.
struct XmlLeaf {
  std::string_view name;   // without attributes
  std::string_view value;  // as it stands, without white space around it
  std::size_t offset = 0;  // of `value`'s stretch in the text, white space included
  std::size_t length = 0;
};

// At most `most` of them, in order.
std::vector<XmlLeaf> FindXmlLeaves(std::string_view text, std::size_t most);

// Value of the first leaf of this name, or "".
std::string_view FindXmlValue(std::string_view text, std::string_view name);

}  // namespace mtkrig::traces
