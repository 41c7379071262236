#include "traces/redact/harmless_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>

#include "traces/model/gap_reasons.h"
#include "traces/redact/harmless_words.h"

namespace mtkrig::traces {
namespace {

// All numbers of a text together are worth less.
constexpr unsigned kFourBytes = 32;
constexpr std::size_t kMostDigits = 15;
constexpr std::size_t kLongestWord = 24;
constexpr std::string_view kRemoved = "(text removed)";

constexpr std::string_view kMissing = "something is missing here";
// In front of a quotation, or of another reason.
constexpr std::string_view kBehind = ": ";
constexpr std::string_view kLine = "line {}: ";

constexpr auto kTools = std::to_array<std::string_view>(
    {"mtkrig", "mtkclient", "penumbra", "spft-replay", "mtk_dump", "SP Flash Tool", "Wireshark",
     "dumpcap", "tshark", "tcpdump", "usbmon", "strace", "mtk"});

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}
bool IsAlnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool IsPrintable(char c) {
  return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t';
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return lower;
}

// How many digits of a number stand at `at`, "0x" included; 0 for none, or too many.
std::size_t NumberAt(std::string_view text, std::size_t at) {
  const bool hex = text.substr(at, 2) == "0x" && at + 2 < text.size() && IsHex(text[at + 2]);
  std::size_t end = at + (hex ? 2 : 0);
  while (end < text.size() && (hex ? IsHex(text[end]) : IsDigit(text[end]))) ++end;
  return end - at > kMostDigits ? 0 : end - at;
}

// What a number is worth, in bits: its bytes, for a row of small ones may be a row of bytes. What
// lies in a flash is counted in sectors and pages, whose zeros tell nothing; but words of two and
// of four bytes may be those of an identity that ends in zeros, so only three bytes are believed.
unsigned WorthOf(std::string_view digits) {
  constexpr std::uint64_t kSector = 512;
  constexpr unsigned kByte = 8;
  constexpr std::uint64_t kThreeBytes = 0x10000;
  constexpr std::uint64_t kFourBytesLong = 0x1000000;
  const bool hex = digits.starts_with("0x");
  if (hex) digits.remove_prefix(2);
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (value >= kThreeBytes && value < kFourBytesLong && value % kSector == 0) {
    return static_cast<unsigned>(std::bit_width(value >> std::countr_zero(value)));
  }
  const auto bits = static_cast<unsigned>(std::bit_width(value));
  return std::max(kByte, (bits + kByte - 1) / kByte * kByte);
}

bool IsKnown(std::string_view word) {
  return std::binary_search(kHarmlessWords.begin(), kHarmlessWords.end(), word);
}

// What a word of letters and digits is worth; nothing if it is not known.
std::optional<unsigned> WorthOfWord(std::string_view text) {
  constexpr std::size_t kChipDigits = 4;
  constexpr unsigned kWorthOfChip = 12;
  if (text.size() > kLongestWord) return std::nullopt;
  const std::string word = Lower(text);
  if (IsKnown(word)) return 0;
  if (NumberAt(word, 0) == word.size()) return WorthOf(word);
  const std::size_t letters = std::min(word.find_first_of("0123456789"), word.size());
  const std::size_t end = std::min(word.find_first_not_of("0123456789", letters), word.size());
  const std::string_view name = std::string_view(word).substr(0, letters);
  const std::string_view number = std::string_view(word).substr(letters, end - letters);
  // "mt6577", "mt6582v".
  if (name == "mt" && number.size() == kChipDigits && word.size() - end <= 2) return kWorthOfChip;
  if (end < word.size()) return std::nullopt;
  const bool blanked = !name.empty() && name.find_first_not_of('x') == std::string_view::npos;
  if (!blanked && !IsKnown(name)) return std::nullopt;
  if (number.empty()) return 0;
  return NumberAt(number, 0) == number.size() ? std::optional(WorthOf(number)) : std::nullopt;
}

// How much of `text` from `at` on may stand for {} in a gap's text; 0 for nothing.
std::size_t ArgumentAt(std::string_view text, std::size_t at) {
  for (const std::string_view word : {"read", "write"}) {
    if (text.substr(at).starts_with(word)) return word.size();
  }
  return NumberAt(text, at);
}

// Where `text` ends to be what the format says; nothing if it is not.
std::optional<std::size_t> EndOfMatch(std::string_view format, std::string_view text) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '{') {
      const std::size_t length = ArgumentAt(text, at);
      if (length == 0) return std::nullopt;
      at += length;
      i = std::min(format.find('}', i), format.size());
    } else if (at < text.size() && text[at] == format[i]) {
      ++at;
    } else {
      return std::nullopt;
    }
  }
  return at;
}

// How much of `text`, from its start, a reader of ours wrote: the longest that is known, and ends
// where the text does, or in front of a quotation.
std::size_t EndOfGap(std::string_view text) {
  std::size_t end = 0;
  for (const std::string_view format : gaps::kAll) {
    const std::size_t found = EndOfMatch(format, text).value_or(0);
    const std::string_view behind = text.substr(found);
    if (behind.empty() || behind.starts_with(kBehind)) end = std::max(end, found);
  }
  return end;
}

}  // namespace

bool IsHarmlessText(std::string_view text) {
  if (text.size() > kLongestHarmless) return false;
  unsigned worth = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (!IsPrintable(text[at])) return false;
    std::size_t end = at;
    while (end < text.size() && IsAlnum(text[end])) ++end;
    if (end == at) {
      ++at;
      continue;
    }
    const auto of_word = WorthOfWord(text.substr(at, end - at));
    if (!of_word.has_value()) return false;
    worth += *of_word;
    if (worth >= kFourBytes) return false;
    at = end;
  }
  return true;
}

bool IsHarmlessPhase(std::string_view name) {
  const auto read = EndOfMatch("read {} bytes at {} of ", name);
  return IsHarmlessText(read.has_value() ? name.substr(*read) : name);
}

std::string HarmlessGap(std::string_view text) {
  const std::size_t line = EndOfMatch(kLine, text).value_or(0);
  const std::string_view said = text.substr(line);
  if (said == kRemoved) return std::string(text);
  const bool missing = said.starts_with(kMissing);
  const std::size_t end = missing ? kMissing.size() : EndOfGap(said);
  if (end == 0) return fmt::format("{}{}{}", kMissing, kBehind, kRemoved);
  const std::string_view behind = said.substr(end);
  if (behind.empty()) return std::string(text);
  if (!behind.starts_with(kBehind)) return fmt::format("{}{}{}", kMissing, kBehind, kRemoved);
  const std::string_view why = behind.substr(kBehind.size());
  if (EndOfGap(why) == why.size() && !why.empty()) return std::string(text);
  return fmt::format("{}{}{}", text.substr(0, line + end), kBehind, kRemoved);
}

std::string HarmlessTool(std::string_view tool) {
  if (IsHarmlessText(tool)) return std::string(tool);
  const std::string lower = Lower(tool.substr(0, kLongestHarmless));
  for (const std::string_view known : kTools) {
    if (lower.find(Lower(known)) != std::string::npos) return std::string(known);
  }
  return {};
}

std::string HarmlessMoniker(std::string_view moniker) {
  if (IsHarmlessText(moniker)) return std::string(moniker);
  constexpr auto kKinds = std::to_array<std::array<std::string_view, 2>>({{"emulator", ":profile"},
                                                                          {"replay", ":file"},
                                                                          {"serial", ":port"},
                                                                          {"usbip", ":host"},
                                                                          {"usb", ""}});
  for (const auto& [kind, which] : kKinds) {
    if (moniker.substr(0, moniker.find(':')) == kind) {
      return std::string(kind) + std::string(which);
    }
  }
  return {};
}

}  // namespace mtkrig::traces
