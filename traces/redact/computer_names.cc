#include "traces/redact/computer_names.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

namespace mtkrig::traces {
namespace {

constexpr std::string_view kNobody = "192.0.2.1";
constexpr std::string_view kNobodyOfSix = "2001:db8::1";
constexpr std::string_view kMoniker = "usbip:";
constexpr std::string_view kHost = "host";

bool IsAlnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}
bool HasDigitAt(std::string_view text, std::size_t at) {
  return at < text.size() && IsDigit(text[at]);
}

// How long the address is that begins at `at`; 0 for none.
std::size_t AddressAt(std::string_view text, std::size_t at) {
  constexpr int kParts = 4;
  constexpr unsigned kMostOfPart = 255;
  if (at > 0 && (IsAlnum(text[at - 1]) || text[at - 1] == '.')) return 0;
  std::size_t end = at;
  for (int part = 0; part < kParts; ++part) {
    if (part > 0 && (end >= text.size() || text[end++] != '.')) return 0;
    if (!HasDigitAt(text, end)) return 0;
    unsigned value = 0;
    for (; HasDigitAt(text, end) && value <= kMostOfPart; ++end) {
      value = value * 10 + static_cast<unsigned>(text[end] - '0');
    }
    if (value > kMostOfPart) return 0;
  }
  const bool goes_on = end < text.size() && IsAlnum(text[end]);
  const bool fifth = end < text.size() && text[end] == '.' && HasDigitAt(text, end + 1);
  return goes_on || fifth ? 0 : end - at;
}

// What an IPv6 address consists of (RFC 4291, section 2.2).
struct SixWords {
  std::size_t words = 0;
  std::size_t longest = 0;  // digits of a word
  bool left_out = false;    // "::", for zeros
  std::size_t end = 0;
};

// As much as there is of one at `at`; nothing if that is none.
std::optional<SixWords> SixWordsAt(std::string_view text, std::size_t at) {
  constexpr std::size_t kMostDigits = 4;
  SixWords found{.end = at};
  while (found.end < text.size()) {
    std::size_t& end = found.end;
    if (text.substr(end, 2) == "::") {
      if (found.left_out) return std::nullopt;
      found.left_out = true;
      end += 2;
    } else if (text[end] == ':' && found.words > 0 && end + 1 < text.size() &&
               IsHex(text[end + 1])) {
      ++end;
    } else if (end != at) {
      break;
    }
    const std::size_t word = end;
    while (end < text.size() && IsHex(text[end])) ++end;
    if (end == word) break;
    // The last two words may be an address of version 4.
    const bool dot = end < text.size() && text[end] == '.' && HasDigitAt(text, end + 1);
    const std::size_t four = dot ? AddressAt(text, word) : 0;
    if (four > 0) {
      found.words += 2;
      end = word + four;
      break;
    }
    if (end - word > kMostDigits) return std::nullopt;
    found.longest = std::max(found.longest, end - word);
    ++found.words;
  }
  return found;
}

// How long the IPv6 address is that begins at `at`, with the interface behind it; 0 for none.
// Eight words of one or two digits are rather bytes.
std::size_t AddressOfSixAt(std::string_view text, std::size_t at) {
  constexpr std::size_t kWords = 8;
  constexpr std::size_t kFewestDigits = 3;
  constexpr std::string_view kInside = ":_";
  if (at > 0 && (IsAlnum(text[at - 1]) || kInside.find(text[at - 1]) != std::string_view::npos)) {
    return 0;
  }
  const auto found = SixWordsAt(text, at);
  if (!found) return 0;
  std::size_t end = found->end;
  const bool goes_on = end < text.size() &&
                       (IsAlnum(text[end]) || kInside.find(text[end]) != std::string_view::npos);
  const bool whole = found->left_out ? found->words < kWords : found->words == kWords;
  // "::1" is this computer itself, and "a::b" a name in a program.
  if (goes_on || !whole || found->longest < kFewestDigits) return 0;
  if (end < text.size() && text[end] == '%') {
    ++end;
    while (end < text.size() && IsAlnum(text[end])) ++end;
  }
  return end - at;
}

bool IsLoopback(std::string_view host) {
  return host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
}

// How long the host is that begins at `at`, with its port; 0 if no '/' stands behind it.
std::size_t HostAt(std::string_view text, std::size_t at) {
  constexpr std::string_view kMarks = ".-_:[]%";
  std::size_t end = at;
  while (end < text.size() &&
         (IsAlnum(text[end]) || kMarks.find(text[end]) != std::string_view::npos ||
          static_cast<unsigned char>(text[end]) > 0x7f)) {
    ++end;
  }
  return end < text.size() && text[end] == '/' ? end - at : 0;
}

}  // namespace

std::size_t ReplaceComputers(std::string& text) {
  const std::string_view whole = text;
  std::string made;
  std::size_t replaced = 0;
  for (std::size_t at = 0; at < whole.size();) {
    const bool host = whole.substr(0, at).ends_with(kMoniker);
    const std::size_t length = host ? HostAt(whole, at) : 0;
    const std::size_t address = length == 0 && IsDigit(whole[at]) ? AddressAt(whole, at) : 0;
    const bool may_be_six = length + address == 0 && (IsHex(whole[at]) || whole[at] == ':');
    const std::size_t six = may_be_six ? AddressOfSixAt(whole, at) : 0;
    const std::string_view named = whole.substr(at, length + address + six);
    const std::string_view by = length > 0 ? kHost : six > 0 ? kNobodyOfSix : kNobody;
    if (named.empty()) {
      made += whole[at++];
      continue;
    }
    at += named.size();
    const bool stays = IsLoopback(named) || named == by;
    made += stays ? named : by;
    replaced += stays ? 0 : 1;
  }
  text = std::move(made);
  return replaced;
}

}  // namespace mtkrig::traces
