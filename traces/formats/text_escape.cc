#include "traces/formats/text_escape.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace mtkrig::traces {
namespace {

// Length of the well-formed UTF-8 sequence that `text` begins with; 0 if it begins with none.
// Overlong forms, surrogates and what is above U+10FFFF are not well-formed (RFC 3629, section 4).
std::size_t Utf8Length(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const auto follows = [&](std::size_t i) {
    return (at(i) & 0xc0U) == 0x80;
  };
  const std::uint8_t lead = at(0);
  if (lead >= 0xc2 && lead <= 0xdf) return follows(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool overlong = lead == 0xe0 && at(1) < 0xa0;
    const bool surrogate = lead == 0xed && at(1) > 0x9f;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool overlong = lead == 0xf0 && at(1) < 0x90;
    const bool beyond = lead == 0xf4 && at(1) > 0x8f;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string EscapeText(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  while (!text.empty()) {
    const auto byte = static_cast<std::uint8_t>(text[0]);
    std::size_t step = 1;
    if (byte == '\n') {
      escaped += "\\n";
    } else if (byte == '\r') {
      escaped += "\\r";
    } else if (byte == '\t') {
      escaped += "\\t";
    } else if (byte == '\\') {
      escaped += "\\\\";
    } else if (byte >= 0x20 && byte < 0x7f) {
      escaped += text[0];
    } else if (const std::size_t length = Utf8Length(text); length > 0) {
      escaped += text.substr(0, length);
      step = length;
    } else {
      escaped += fmt::format("\\x{:02x}", byte);
    }
    text.remove_prefix(step);
  }
  return escaped;
}

std::optional<std::string> UnescapeText(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    if (text[0] != '\\') {
      plain += text[0];
      text.remove_prefix(1);
      continue;
    }
    const char kind = text.size() > 1 ? text[1] : '\0';
    std::size_t step = 2;
    if (kind == 'n') {
      plain += '\n';
    } else if (kind == 'r') {
      plain += '\r';
    } else if (kind == 't') {
      plain += '\t';
    } else if (kind == '\\' || kind == '"') {
      plain += kind;
    } else if (kind == 'x' && text.size() >= 4 && HexDigit(text[2]) >= 0 &&
               HexDigit(text[3]) >= 0) {
      plain += static_cast<char>(HexDigit(text[2]) * 16 + HexDigit(text[3]));
      step = 4;
    } else {
      return std::nullopt;
    }
    text.remove_prefix(step);
  }
  return plain;
}

}  // namespace mtkrig::traces
