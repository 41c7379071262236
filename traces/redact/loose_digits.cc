#include "traces/redact/loose_digits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "traces/redact/spelling.h"

namespace mtkrig::traces {
namespace {

bool IsAlnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool IsHex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
char Lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}
int ValueOf(char c) {
  return IsDigit(c) ? c - '0' : Lower(c) - 'a' + 10;
}

// The digits of the word at [at, end): without a prefix and a suffix. Nothing if it has others.
std::optional<TextPlace> HexDigitsOf(std::string_view text, std::size_t at, std::size_t end) {
  constexpr std::size_t kMostDigits = 2 * kLongestSearched;
  if (end - at > 2 && text[at] == '0' && Lower(text[at + 1]) == 'x') at += 2;
  if (end - at > 1 && Lower(text[at]) == 'x') ++at;
  while (end > at && std::string_view("hul").find(Lower(text[end - 1])) != std::string_view::npos) {
    --end;
  }
  const std::string_view digits = text.substr(at, end - at);
  const bool fits = !digits.empty() && digits.size() <= kMostDigits &&
                    std::all_of(digits.begin(), digits.end(), IsHex);
  return fits ? std::optional(TextPlace{at, end - at}) : std::nullopt;
}

std::optional<TextPlace> DecimalsOf(std::string_view text, std::size_t at, std::size_t end) {
  constexpr std::size_t kMostDigits = 20;
  while (end > at && std::string_view("ul").find(Lower(text[end - 1])) != std::string_view::npos) {
    --end;
  }
  const std::string_view digits = text.substr(at, end - at);
  const bool fits = !digits.empty() && digits.size() <= kMostDigits &&
                    std::all_of(digits.begin(), digits.end(), IsDigit);
  return fits ? std::optional(TextPlace{at, end - at}) : std::nullopt;
}

// Calls `use` with the places of each row of words that `digits_of` takes for digits.
template <typename DigitsOf, typename Use>
void EachRow(std::string_view text, const DigitsOf& digits_of, const Use& use) {
  std::vector<TextPlace> row;
  const auto end_row = [&] {
    if (!row.empty()) use(row);
    row.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && IsAlnum(text[end])) ++end;
    if (end == at) {
      ++at;
      continue;
    }
    if (const auto digits = digits_of(text, at, end)) {
      if (!row.empty() && digits->at - (row.back().at + row.back().length) > kLongestBetween) {
        end_row();
      }
      row.push_back(*digits);
    }
    at = end;
  }
  end_row();
}

// A word's bytes. Digits that it lacks in front are zeros, which stand nowhere.
void AddHexWord(std::string_view text, const TextPlace& word, std::size_t width,
                Spelling& spelling) {
  const std::size_t lacks = width > word.length ? width - word.length : 0;
  for (std::size_t digit = 0; digit < lacks + word.length; digit += 2) {
    TextPlace place{word.at, 0};
    unsigned value = 0;
    for (std::size_t i = digit; i < digit + 2; ++i) {
      value *= 16;
      if (i < lacks) continue;
      const std::size_t at = word.at + (i - lacks);
      value += static_cast<unsigned>(ValueOf(text[at]));
      if (place.length++ == 0) place.at = at;
    }
    spelling.Add(value, place);
  }
}

// "a", "add", "dead" may stand between digits, and be none.
bool IsOfLetters(std::string_view text, const TextPlace& word) {
  const std::string_view digits = text.substr(word.at, word.length);
  return digits.size() != 2 && std::none_of(digits.begin(), digits.end(), IsDigit);
}

std::size_t ReplaceHexWords(const ByteForms& forms, std::string& text, bool letters) {
  std::vector<TextEdit> edits;
  std::size_t found = 0;
  Spelling spelling;
  EachRow(text, HexDigitsOf, [&](const std::vector<TextPlace>& row) {
    // Words as they are, or of 16, 32 or 64 bits.
    for (const std::size_t width : {0U, 4U, 8U, 16U}) {
      spelling.Clear();
      for (const TextPlace& word : row) {
        if (!letters && IsOfLetters(text, word)) continue;
        AddHexWord(text, word, std::max(width, word.length + word.length % 2), spelling);
      }
      const std::size_t here = FindForms(
          forms, spelling, text, edits,
          [](std::string_view spelled) {
            return spelled.find_first_of("ABCDEF") != std::string_view::npos;
          },
          [](unsigned byte, bool large) {
            return large ? fmt::format("{:02X}", byte) : fmt::format("{:02x}", byte);
          });
      found += here;
      if (here > 0) break;
    }
  });
  ApplyEdits(edits, text);
  return found;
}

// Numbers of one width, all of a row: the value of each as bytes, the first of which stands for the
// whole number.
std::size_t ReplaceDecimalWords(const ByteForms& forms, std::string& text, std::size_t width) {
  std::vector<TextEdit> edits;
  std::size_t found = 0;
  EachRow(text, DecimalsOf, [&](const std::vector<TextPlace>& row) {
    std::string bytes;
    std::vector<TextPlace> words;
    for (const TextPlace& word : row) {
      std::uint64_t value = 0;
      const char* const begin = text.data() + word.at;
      const auto parsed = std::from_chars(begin, begin + word.length, value);
      // One that is another number stands between them.
      if (parsed.ec != std::errc() || (width < 8 && value >> (8 * width) != 0)) continue;
      words.push_back(word);
      for (std::size_t i = width; i-- > 0;) bytes.push_back(static_cast<char>(value >> (8 * i)));
    }
    for (std::size_t at = 0; at + kShortestSearched <= bytes.size();) {
      const ByteForms::Form* form = forms.Find(std::string_view(bytes).substr(at));
      if (form == nullptr || form->second.size() % width != 0 || at % width != 0) {
        ++at;
        continue;
      }
      for (std::size_t i = 0; i < form->second.size(); i += width) {
        std::uint64_t made = 0;
        for (std::size_t j = 0; j < width; ++j) {
          made = made << 8 | static_cast<unsigned char>(form->second[i + j]);
        }
        edits.push_back({words[(at + i) / width], fmt::format("{}", made)});
      }
      at += form->second.size();
      ++found;
    }
  });
  ApplyEdits(edits, text);
  return found;
}

}  // namespace

std::size_t ReplaceLooseDigits(const ByteForms& forms, std::string& text) {
  std::size_t found = ReplaceHexWords(forms, text, false) + ReplaceHexWords(forms, text, true);
  for (const std::size_t width : {std::size_t{4}, std::size_t{8}}) {
    found += ReplaceDecimalWords(forms, text, width);
  }
  return found;
}

}  // namespace mtkrig::traces
