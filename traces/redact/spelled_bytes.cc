#include "traces/redact/spelled_bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "traces/redact/loose_digits.h"
#include "traces/redact/secret_table.h"
#include "traces/redact/spelling.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kLongestGap = 4;

bool IsAlnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Of a hex digit; -1 for other characters.
int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
bool IsHexAt(std::string_view text, std::size_t at) {
  return at < text.size() && HexValue(text[at]) >= 0;
}

// Behind the marks that may stand between two bytes.
std::size_t BehindMarks(std::string_view text, std::size_t at) {
  constexpr std::string_view kMarks = " \t\r\n:-_.,;|/+'\"";
  const std::size_t end = std::min(text.size(), at + kLongestGap);
  while (at < end && kMarks.find(text[at]) != std::string_view::npos) ++at;
  return at;
}

unsigned ByteAt(const std::string& bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

// Hex digits, as one byte after the other from a place on.
class HexReader {
 public:
  explicit HexReader(std::string_view text) : text_(text), taken_(text.size()) {}

  // The bytes from `at` on, unless they were read as part of others.
  bool Read(std::size_t at, Spelling& spelling) {
    spelling.Clear();
    if (taken_[at] || DigitsAt(at) == 0) return false;
    std::size_t taken = 0;
    for (std::size_t digits = DigitsAt(at); digits > 0; digits = DigitsAt(at)) {
      // What another start led to is read as far as a form reaches into it.
      if (taken_[at] && ++taken > kLongestSearched) break;
      taken_[at] = true;
      int value = HexValue(text_[at]);
      if (digits == 2) value = value * 16 + HexValue(text_[at + 1]);
      spelling.Add(static_cast<unsigned>(value), {at, digits});
      at = BehindPrefix(BehindMarks(text_, at + digits));
      if (at >= text_.size()) break;
    }
    return spelling.bytes.size() >= kShortestSearched;
  }

 private:
  bool IsPrefix(std::size_t at) const {
    const std::string_view mark = text_.substr(at, 2);
    return (mark == "0x" || mark == "0X" || mark == "\\x") && IsHexAt(text_, at + 2);
  }
  std::size_t BehindPrefix(std::size_t at) const {
    if (at >= text_.size()) return at;
    if (IsPrefix(at)) return at + 2;
    return text_[at] == '%' ? at + 1 : at;
  }
  // How many digits spell the byte that begins there.
  std::size_t DigitsAt(std::size_t at) const {
    if (!IsHexAt(text_, at)) return 0;
    if (IsHexAt(text_, at + 1)) return 2;
    return at >= 2 && IsPrefix(at - 2) ? 1 : 0;
  }

  std::string_view text_;
  std::vector<bool> taken_;
};

bool HasLargeDigit(std::string_view text) {
  return text.find_first_of("ABCDEF") != std::string_view::npos;
}

std::size_t ReplaceHex(const ByteForms& forms, std::string& text) {
  std::vector<TextEdit> edits;
  std::size_t found = 0;
  HexReader reader(text);
  Spelling spelling;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!reader.Read(at, spelling)) continue;
    found += FindForms(forms, spelling, text, edits, HasLargeDigit, [](unsigned byte, bool large) {
      return large ? fmt::format("{:02X}", byte) : fmt::format("{:02x}", byte);
    });
  }
  ApplyEdits(edits, text);
  return found;
}

// "007".
bool HasPaddedNumber(std::string_view text) {
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    const bool begins = at == 0 || !IsDigit(text[at - 1]);
    if (begins && text[at] == '0' && IsDigit(text[at + 1])) return true;
  }
  return false;
}

std::size_t ReplaceDecimal(const ByteForms& forms, std::string& text) {
  constexpr std::size_t kMostDigits = 3;
  constexpr unsigned kLargest = 255;
  std::vector<TextEdit> edits;
  std::size_t found = 0;
  Spelling spelling;
  const auto end_row = [&] {
    found +=
        FindForms(forms, spelling, text, edits, HasPaddedNumber, [](unsigned byte, bool padded) {
          return padded ? fmt::format("{:03}", byte) : fmt::format("{}", byte);
        });
    spelling.Clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    unsigned value = 0;
    for (; end < text.size() && IsDigit(text[end]); ++end) {
      value = std::min(value * 10 + static_cast<unsigned>(text[end] - '0'), kLargest + 1);
    }
    const bool number = end > at && end - at <= kMostDigits && value <= kLargest &&
                        (at == 0 || !IsAlnum(text[at - 1])) &&
                        (end == text.size() || !IsAlnum(text[end]));
    if (!number) {
      end_row();
      at = std::max(end, at + 1);
      continue;
    }
    spelling.Add(value, {at, end - at});
    at = BehindMarks(text, end);
  }
  end_row();
  ApplyEdits(edits, text);
  return found;
}

// Of an escape at `at`: its length, or 0; and the byte that it is.
std::size_t EscapeAt(std::string_view text, std::size_t at, unsigned& byte) {
  if (text[at] != '\\' || at + 1 >= text.size()) return 0;
  if (text[at + 1] == 'x' && IsHexAt(text, at + 2) && IsHexAt(text, at + 3)) {
    byte = static_cast<unsigned>(HexValue(text[at + 2]) * 16 + HexValue(text[at + 3]));
    return 4;
  }
  constexpr std::string_view kLetters = "0abtnvfre\\'\"";
  constexpr std::string_view kBytes("\0\a\b\t\n\v\f\r\x1b\\'\"", kLetters.size());
  const std::size_t letter = kLetters.find(text[at + 1]);
  if (letter == std::string_view::npos) return 0;
  byte = static_cast<unsigned char>(kBytes[letter]);
  return 2;
}

std::size_t ReplaceEscaped(const ByteForms& forms, std::string& text) {
  if (text.find('\\') == std::string::npos) return 0;
  Spelling spelling;
  for (std::size_t at = 0; at < text.size();) {
    auto byte = static_cast<unsigned>(static_cast<unsigned char>(text[at]));
    const std::size_t length = std::max<std::size_t>(EscapeAt(text, at, byte), 1);
    spelling.Add(byte, {at, length});
    at += length;
  }
  std::vector<TextEdit> edits;
  const std::size_t found = FindForms(
      forms, spelling, text, edits, [](std::string_view) { return true; },
      [](unsigned byte, bool) { return fmt::format("\\x{:02x}", byte); });
  ApplyEdits(edits, text);
  return found;
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<signed char, 256> MakeBase64Values() {
  std::array<signed char, 256> values{};
  for (signed char& value : values) value = -1;
  for (std::size_t i = 0; i < kBase64.size(); ++i) {
    values[static_cast<unsigned char>(kBase64[i])] = static_cast<signed char>(i);
  }
  values['-'] = values['+'];
  values['_'] = values['/'];
  return values;
}

// Either alphabet; -1 for other characters.
int Base64Value(char c) {
  static constexpr std::array<signed char, 256> kValues = MakeBase64Values();
  return kValues[static_cast<unsigned char>(c)];
}

constexpr std::size_t kCharBits = 6;
constexpr std::size_t kByteBits = 8;

// Puts a byte into characters of six bits each, at a bit of the first of them.
void PutBits(std::string& run, std::size_t bit, unsigned byte, bool for_urls) {
  for (std::size_t i = 0; i < kByteBits; ++i, ++bit) {
    char& c = run[bit / kCharBits];
    const unsigned mask = 1U << (kCharBits - 1 - bit % kCharBits);
    unsigned value = static_cast<unsigned>(Base64Value(c));
    const bool set = (byte >> (kByteBits - 1 - i) & 1U) != 0;
    value = set ? value | mask : value & ~mask;
    c = kBase64[value];
    if (for_urls && c == '+') c = '-';
    if (for_urls && c == '/') c = '_';
  }
}

// A run of characters of base64, of which every fourth may be the first of a group.
std::size_t ReplaceInRun(const ByteForms& forms, std::string& run) {
  constexpr std::size_t kGroup = 4;
  const bool for_urls = run.find_first_of("-_") != std::string::npos;
  std::size_t found = 0;
  for (std::size_t first = 0; first < kGroup && first < run.size(); ++first) {
    std::string bytes;
    unsigned bits = 0;
    for (std::size_t i = first; i < run.size(); ++i) {
      bits = (bits << kCharBits | static_cast<unsigned>(Base64Value(run[i]))) & 0x3fffU;
      const std::size_t have = (i - first + 1) * kCharBits;
      const std::size_t whole = have / kByteBits;
      if (whole > bytes.size()) bytes.push_back(static_cast<char>(bits >> (have % kByteBits)));
    }
    for (std::size_t at = 0; at + kShortestSearched <= bytes.size();) {
      const ByteForms::Form* form = forms.Find(std::string_view(bytes).substr(at));
      if (form == nullptr) {
        ++at;
        continue;
      }
      for (std::size_t i = 0; i < form->second.size(); ++i) {
        PutBits(run, first * kCharBits + (at + i) * kByteBits, ByteAt(form->second, i), for_urls);
      }
      at += form->second.size();
      ++found;
    }
  }
  return found;
}

std::size_t ReplaceBase64(const ByteForms& forms, std::string& text) {
  std::size_t found = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && Base64Value(text[end]) >= 0) ++end;
    if ((end - at) * kCharBits >= kShortestSearched * kByteBits) {
      std::string run = text.substr(at, end - at);
      const std::size_t in_run = ReplaceInRun(forms, run);
      if (in_run > 0) text.replace(at, run.size(), run);
      found += in_run;
    }
    at = end + 1;
  }
  return found;
}

}  // namespace

void ApplyEdits(std::vector<TextEdit>& edits, std::string& text) {
  if (edits.empty()) return;
  std::stable_sort(edits.begin(), edits.end(),
                   [](const TextEdit& a, const TextEdit& b) { return a.place.at < b.place.at; });
  std::string made;
  std::size_t at = 0;
  for (const TextEdit& edit : edits) {
    if (edit.place.at < at) continue;  // two alignments of the same digits
    made.append(text, at, edit.place.at - at);
    made += edit.by;
    at = edit.place.at + edit.place.length;
  }
  made.append(text, at);
  text = std::move(made);
}

std::size_t ReplaceSpelled(const ByteForms& forms, std::string& text) {
  if (forms.empty()) return 0;
  std::size_t found = ReplaceHex(forms, text);
  found += ReplaceEscaped(forms, text);
  found += ReplaceDecimal(forms, text);
  found += ReplaceBase64(forms, text);
  return found + ReplaceLooseDigits(forms, text);
}

}  // namespace mtkrig::traces
