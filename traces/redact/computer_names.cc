#include "traces/redact/computer_names.h"

#include <cctype>
#include <string_view>

namespace mtkrig::traces {
namespace {

constexpr std::string_view kNobody = "192.0.2.1";
constexpr std::string_view kMoniker = "usbip:";
constexpr std::string_view kHost = "host";

bool IsAlnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
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
    const std::string_view named = whole.substr(at, length + address);
    const std::string_view by = length > 0 ? kHost : kNobody;
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
