#include "protocol/layout/text.h"

#include <algorithm>
#include <array>
#include <optional>

namespace mtkrig::protocol {
namespace {

constexpr std::size_t kPrintableLength = 60;

std::string DecodeUtf16(std::string_view bytes, bool big_endian) {
  std::string text;
  text.reserve(bytes.size() / 2);
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto high = static_cast<unsigned char>(bytes[big_endian ? i : i + 1]);
    const auto low = static_cast<unsigned char>(bytes[big_endian ? i + 1 : i]);
    text += high == 0 && low < 0x80 ? static_cast<char>(low) : '?';
  }
  return text;
}

// Without a mark. Empty when it is no UTF-16; else whether its high bytes come first.
std::optional<bool> Utf16Order(std::string_view bytes) {
  constexpr std::size_t kSample = 512;
  constexpr std::size_t kLeast = 16;
  const std::string_view sample = bytes.substr(0, kSample);
  if (sample.size() < kLeast) return std::nullopt;
  std::array<std::size_t, 2> zeros = {};
  for (std::size_t i = 0; i < sample.size(); ++i) {
    if (sample[i] == '\0') ++zeros[i % 2];
  }
  const std::size_t most = sample.size() / 2 * 9 / 10;
  if (zeros[0] >= most && zeros[1] == 0) return true;
  if (zeros[1] >= most && zeros[0] == 0) return false;
  return std::nullopt;
}

bool IsBlank(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7f;
}

}  // namespace

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), ToLowerAscii);
  return lower;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kNoBreakSpace = "\xc2\xa0";
  for (;;) {
    if (!text.empty() && IsBlank(text.front())) {
      text.remove_prefix(1);
    } else if (text.starts_with(kNoBreakSpace)) {
      text.remove_prefix(kNoBreakSpace.size());
    } else {
      break;
    }
  }
  for (;;) {
    if (!text.empty() && IsBlank(text.back())) {
      text.remove_suffix(1);
    } else if (text.ends_with(kNoBreakSpace)) {
      text.remove_suffix(kNoBreakSpace.size());
    } else {
      return text;
    }
  }
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return ToLowerAscii(x) == ToLowerAscii(y);
         });
}

std::string DecodeText(std::string_view bytes) {
  if (bytes.starts_with("\xff\xfe")) return DecodeUtf16(bytes.substr(2), false);
  if (bytes.starts_with("\xfe\xff")) return DecodeUtf16(bytes.substr(2), true);
  if (const auto order = Utf16Order(bytes)) return DecodeUtf16(bytes, *order);
  // Files joined from pieces carry a mark more than once.
  while (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  return std::string(bytes);
}

bool IsUtf32(std::string_view bytes) {
  return bytes.starts_with(std::string_view("\xff\xfe\0\0", 4)) ||
         bytes.starts_with(std::string_view("\0\0\xfe\xff", 4));
}

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n");
    if (end == std::string_view::npos) {
      lines.push_back(text);
      break;
    }
    lines.push_back(text.substr(0, end));
    const bool crlf = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
    text.remove_prefix(end + (crlf ? 2 : 1));
  }
  return lines;
}

std::string Printable(std::string_view text) {
  std::string shown(text.substr(0, kPrintableLength));
  for (char& c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) c = '?';
  }
  if (text.size() > kPrintableLength) shown += "...";
  return shown;
}

}  // namespace mtkrig::protocol
