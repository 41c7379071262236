#include "traces/decode/xml_text.h"

namespace mtkrig::traces {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
// No message has more; what has is not read on.
constexpr std::size_t kMaxLeaves = 1024;

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

std::vector<XmlLeaf> FindXmlLeaves(std::string_view text, std::size_t most) {
  std::vector<XmlLeaf> leaves;
  // Of the last tag that opened, if nothing but text has followed it.
  std::string_view open;
  std::size_t value_at = 0;
  for (std::size_t at = text.find('<'); at != std::string_view::npos && leaves.size() < most;) {
    const std::size_t end = text.find('>', at);
    if (end == std::string_view::npos) break;
    const std::string_view tag = text.substr(at + 1, end - at - 1);
    if (tag.starts_with('/')) {
      if (!open.empty() && tag.substr(1) == open) {
        const std::string_view value = text.substr(value_at, at - value_at);
        leaves.push_back({open, Trimmed(value), value_at, value.size()});
      }
      open = {};
    } else if (tag.empty() || tag.starts_with('?') || tag.starts_with('!') || tag.ends_with('/')) {
      open = {};
    } else {
      open = tag.substr(0, tag.find_first_of(kSpace));
      value_at = end + 1;
    }
    at = text.find('<', end);
  }
  return leaves;
}

std::string_view FindXmlValue(std::string_view text, std::string_view name) {
  for (const XmlLeaf& leaf : FindXmlLeaves(text, kMaxLeaves)) {
    if (leaf.name == name) return leaf.value;
  }
  return {};
}

}  // namespace mtkrig::traces
