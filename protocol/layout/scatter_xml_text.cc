#include "protocol/layout/scatter_xml_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace mtkrig::protocol::scatter_internal {
namespace {

// A character as it is written in XML: "amp", "#38", "#x26". Empty for what is none of these.
std::optional<char> CharacterOf(std::string_view entity) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kNamed = {
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [name, character] : kNamed) {
    if (entity == name) return character;
  }
  if (!entity.starts_with("#")) return std::nullopt;
  entity.remove_prefix(1);
  const bool hex = entity.starts_with("x");
  if (hex) entity.remove_prefix(1);
  std::uint32_t code = 0;
  const auto [end, fault] =
      std::from_chars(entity.data(), entity.data() + entity.size(), code, hex ? 16 : 10);
  if (entity.empty() || fault != std::errc() || end != entity.data() + entity.size() || code == 0) {
    return std::nullopt;
  }
  return code < 0x80 ? static_cast<char>(code) : '?';
}

struct Entity {
  char character = 0;
  std::size_t length = 0;  // with '&' and ';'
};

// At an ampersand.
std::optional<Entity> EntityAt(std::string_view text) {
  constexpr std::size_t kLongest = 10;
  const std::size_t end = text.substr(0, kLongest).find(';');
  if (end == std::string_view::npos) return std::nullopt;
  const std::optional<char> character = CharacterOf(text.substr(1, end - 1));
  if (!character) return std::nullopt;
  return Entity{*character, end + 1};
}

// Where the rest begins behind something that may have any characters; 0 when there is none here.
// One without an end is none, as the readers have it. `endless` keeps the ends that do not follow
// any more, so that a file of nothing but opening marks is not searched through for each of them.
std::size_t EndOfUnread(std::string_view text, std::vector<std::string_view>& endless) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kMarks = {
      {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}, {"<!", ">"}}};
  for (const auto& [begin, end] : kMarks) {
    if (!text.starts_with(begin)) continue;
    if (std::find(endless.begin(), endless.end(), end) != endless.end()) return 0;
    const std::size_t at = text.find(end, begin.size());
    if (at == std::string_view::npos) endless.push_back(end);
    return at == std::string_view::npos ? 0 : at + end.size();
  }
  return 0;
}

}  // namespace

std::string WithoutEntities(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  while (!text.empty()) {
    const auto entity = text.front() == '&' ? EntityAt(text) : std::optional<Entity>();
    decoded += entity ? entity->character : text.front();
    text.remove_prefix(entity ? entity->length : 1);
  }
  return decoded;
}

std::vector<int> LinesOfBareAmpersands(std::string_view text) {
  std::vector<int> lines;
  std::vector<std::string_view> endless;
  int line = 1;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    std::size_t step = 1;
    if (rest.front() == '<') {
      step = std::max<std::size_t>(EndOfUnread(rest, endless), 1);
      line += static_cast<int>(
          std::count(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(step), '\n'));
    } else if (rest.front() == '\n') {
      ++line;
    } else if (rest.front() == '&' && !EntityAt(rest) && (lines.empty() || lines.back() != line)) {
      lines.push_back(line);
    }
    at += step;
  }
  return lines;
}

}  // namespace mtkrig::protocol::scatter_internal
