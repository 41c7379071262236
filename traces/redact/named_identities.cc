#include "traces/redact/named_identities.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>
#include <vector>

#include "traces/redact/imei.h"
#include "traces/redact/printed_numbers.h"

namespace mtkrig::traces {
namespace {

// Without case, and without '_', '-', '/' and blanks between their parts. What personal_texts.cc
// takes a serial number behind is one of them, for hex digits alone are left to these.
constexpr std::array<std::string_view, 28> kWords = {
    "meid",     "socid",      "cid",      "serial",    "serialno", "serialnumber",  "chipid",
    "randomid", "rndid",      "uid",      "uuid",      "uniqueid", "imei",          "hrid",
    "brid",     "sn",         "deviceid", "imsi",      "iccid",    "eid",           "mac",
    "macaddr",  "macaddress", "btaddr",   "androidid", "iserial",  "iserialnumber", "udid"};

// In front of decimal digits that may be printed in groups, and of how many.
struct NumberWord {
  std::string_view word;
  std::string_view kind;  // as DecimalOf() knows it
  std::size_t fewest;
  std::size_t usual;
  std::size_t most;
};
constexpr std::array<NumberWord, 6> kNumberWords = {
    {{"imei", "imei", kImeiDigits - 1, kImeiDigits, kImeiDigits + 1},
     {"imei1", "imei", kImeiDigits - 1, kImeiDigits, kImeiDigits + 1},
     {"imei2", "imei", kImeiDigits - 1, kImeiDigits, kImeiDigits + 1},
     {"imeisv", "imei", kImeiDigits - 1, kImeiDigits + 1, kImeiDigits + 1},
     {"imsi", "imsi", 14, 15, 15},
     {"iccid", "iccid", 18, 19, 22}}};

bool IsAlnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool IsHex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

char Lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

// Where the word ends that begins at `at`, or nothing.
std::optional<std::size_t> EndOfWord(std::string_view text, std::size_t at, std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool gap =
        i > 0 && at < text.size() && std::string_view("_- /").find(text[at]) != std::string::npos;
    if (gap) ++at;
    if (at >= text.size() || Lower(text[at]) != word[i]) return std::nullopt;
    ++at;
  }
  if (at < text.size() && IsAlnum(text[at])) return std::nullopt;
  return at;
}

// The first such word of a line, and where it ends; npos where there is none.
struct NamingWord {
  std::string_view word;
  std::size_t end = std::string_view::npos;
};
NamingWord FindWord(std::string_view line) {
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (!IsAlnum(line[at]) || (at > 0 && IsAlnum(line[at - 1]))) continue;
    for (const std::string_view word : kWords) {
      if (const auto end = EndOfWord(line, at, word)) return {word, *end};
    }
  }
  return {};
}

// Places of hex digits that belong together.
using Digits = std::vector<std::size_t>;

// The next run of hex digits: digits on their own, or bytes with single separators. `at` is behind
// it afterwards.
Digits NextDigits(std::string_view text, std::size_t& at) {
  Digits digits;
  while (at < text.size()) {
    const std::size_t begin = at;
    while (at < text.size() && IsHex(text[at])) ++at;
    const std::size_t length = at - begin;
    const bool in_word = length > 0 && ((at < text.size() && IsAlnum(text[at])) ||
                                        (begin > 0 && IsAlnum(text[begin - 1])));
    const bool after_0x = begin >= 2 && Lower(text[begin - 1]) == 'x' && text[begin - 2] == '0';
    if (length > 0 && (!in_word || (after_0x && (at >= text.size() || !IsAlnum(text[at]))))) {
      for (std::size_t i = begin; i < at; ++i) digits.push_back(i);
      const bool separator = at + 1 < text.size() && IsHex(text[at + 1]) &&
                             (text[at] == ' ' || text[at] == ':' || text[at] == '-');
      if (length % 2 == 0 && separator) {
        ++at;
        continue;
      }
      if (digits.size() >= kFewestNamedDigits) return digits;
    } else if (digits.size() >= kFewestNamedDigits) {
      return digits;
    }
    digits.clear();
    if (at == begin || length > 0) ++at;
  }
  return digits.size() >= kFewestNamedDigits ? digits : Digits();
}

// The digits alone, if they are decimal ones and have to stay such: an IMEI, with or without its
// check digit or with the version of its software; by the word in front or by itself. Otherwise
// nothing.
std::optional<std::string> DecimalOf(std::string_view text, const Digits& digits,
                                     std::string_view word) {
  std::string decimal;
  for (const std::size_t at : digits) {
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
    decimal += text[at];
  }
  const bool as_long = decimal.size() + 1 >= kImeiDigits && decimal.size() <= kImeiDigits + 1;
  const bool of_card = word == "imsi" || word == "iccid";
  const bool named = (word == "imei" && as_long) || of_card;
  return named || IsImei(decimal) ? std::optional(decimal) : std::nullopt;
}

// The numbers of a line that are printed in groups, each with its kind: by themselves, or behind
// the word that names them.
struct PrintedNumber {
  DigitPlaces digits;
  std::string_view kind;
};
std::vector<PrintedNumber> PrintedNumbersOf(std::string_view line) {
  std::vector<PrintedNumber> numbers;
  for (DigitPlaces& imei : FindPrintedImeis(line)) numbers.push_back({std::move(imei), "imei"});
  struct Named {
    const NumberWord* word;
    std::size_t at;
    std::size_t end;
  };
  std::vector<Named> words;
  for (std::size_t at = 0; at < line.size(); ++at) {
    // All of them begin so.
    if (Lower(line[at]) != 'i' || (at > 0 && IsAlnum(line[at - 1]))) continue;
    for (const NumberWord& word : kNumberWords) {
      const auto end = EndOfWord(line, at, word.word);
      if (end) words.push_back({&word, at, *end});
    }
  }
  for (std::size_t i = 0; i < words.size(); ++i) {
    const NumberWord& word = *words[i].word;
    const std::size_t end = i + 1 < words.size() ? words[i + 1].at : line.size();
    for (DigitPlaces& number : FindPrintedNumbers(line.substr(0, end), words[i].end, word.fewest,
                                                  word.usual, word.most)) {
      numbers.push_back({std::move(number), word.kind});
    }
  }
  return numbers;
}

// Calls `use` with the digits of every identity, and the word in front of it.
template <typename Use>
void EachNamed(std::string_view text, const Use& use) {
  std::size_t line_at = 0;
  std::vector<bool> taken;  // of the line
  const auto is_taken = [&](std::size_t at) {
    return !taken.empty() && taken[at - line_at];
  };
  while (line_at < text.size()) {
    const std::size_t end = std::min(text.find('\n', line_at), text.size());
    const std::string_view line = text.substr(0, end);
    taken.clear();
    for (PrintedNumber& number : PrintedNumbersOf(line.substr(line_at))) {
      for (std::size_t& at : number.digits) at += line_at;
      if (std::any_of(number.digits.begin(), number.digits.end(), is_taken)) continue;
      taken.resize(end - line_at);
      for (const std::size_t at : number.digits) taken[at - line_at] = true;
      use(number.digits, number.kind);
    }
    const NamingWord found = FindWord(line.substr(line_at));
    std::size_t at = found.end == std::string_view::npos ? end : line_at + found.end;
    while (at < end) {
      Digits digits = NextDigits(line, at);
      if (digits.empty()) break;
      std::erase_if(digits, is_taken);
      if (digits.size() >= kFewestNamedDigits) use(digits, found.word);
    }
    line_at = end + 1;
  }
}

// Digits that are no whole bytes have a zero in front.
std::vector<std::uint8_t> BytesOf(std::string_view text, const Digits& digits) {
  std::vector<std::uint8_t> bytes((digits.size() + 1) / 2);
  const std::size_t odd = digits.size() % 2;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const char c = Lower(text[digits[i]]);
    const int value = c <= '9' ? c - '0' : c - 'a' + 10;
    std::uint8_t& byte = bytes[(i + odd) / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
  }
  return bytes;
}

}  // namespace

void LearnNamedIdentities(std::string_view text, SecretTable& secrets) {
  EachNamed(text, [&](const Digits& digits, std::string_view word) {
    if (const auto decimal = DecimalOf(text, digits, word)) {
      secrets.SubstituteDigits(*decimal);
    } else {
      secrets.Substitute(BytesOf(text, digits));
    }
  });
}

std::size_t ReplaceNamedIdentities(const SecretTable& secrets, std::string& text) {
  std::size_t replaced = 0;
  std::string made = text;
  EachNamed(text, [&](const Digits& digits, std::string_view word) {
    if (const auto decimal = DecimalOf(text, digits, word)) {
      const std::string by = secrets.FindDigits(*decimal);
      for (std::size_t i = 0; i < digits.size(); ++i) made[digits[i]] = by[i];
      if (by != *decimal) ++replaced;
      return;
    }
    const auto bytes = BytesOf(text, digits);
    const auto found = secrets.Find(bytes);
    const std::string hex =
        protocol::ToHex(found.value_or(std::vector<std::uint8_t>(bytes.size())));
    const bool upper = std::any_of(digits.begin(), digits.end(), [&](std::size_t at) {
      return std::isupper(static_cast<unsigned char>(text[at])) != 0;
    });
    const std::size_t odd = digits.size() % 2;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      const char c = hex[i + odd];
      made[digits[i]] = upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    }
    if (found != bytes) ++replaced;
  });
  text = std::move(made);
  return replaced;
}

}  // namespace mtkrig::traces
