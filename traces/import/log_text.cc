#include "traces/import/log_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace mtkrig::traces {
namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";

constexpr std::array<std::int8_t, 256> MakeHexValues() {
  std::array<std::int8_t, 256> values{};
  for (std::int8_t& value : values) value = -1;
  for (std::size_t i = 0; i < 10; ++i) values.at('0' + i) = static_cast<std::int8_t>(i);
  for (std::size_t i = 0; i < 6; ++i) {
    values.at('a' + i) = static_cast<std::int8_t>(10 + i);
    values.at('A' + i) = static_cast<std::int8_t>(10 + i);
  }
  return values;
}
constexpr std::array<std::int8_t, 256> kHexValues = MakeHexValues();

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Length of a terminal's control sequence that `text` begins with; 0 if it begins with none.
std::size_t EscapeLength(std::string_view text, bool lost_escapes) {
  const bool escaped = text[0] == '\x1b';
  if (!escaped && !(lost_escapes && text[0] == '[')) return 0;
  std::size_t i = escaped ? 1 : 0;
  if (i == text.size()) return 1;
  if (escaped && text[i] == ']') {  // the window's title, up to a bell
    const std::size_t bell = text.find('\a');
    return bell == std::string_view::npos ? text.size() : bell + 1;
  }
  if (text[i] != '[') return escaped ? 2 : 0;
  const std::size_t first = ++i;
  while (i < text.size() && (IsDigit(text[i]) || text[i] == ';' || text[i] == '?')) ++i;
  if (i == text.size()) return escaped ? i : 0;
  // Without the escape character only colours are told from text in brackets.
  if (!escaped && (text[i] != 'm' || i == first || i - first > 8)) return 0;
  return i + 1;
}

// Replaces sequences that begin with one of the bytes of UTF-8 named here.
std::size_t TakeUnicode(std::string_view text, std::string& clean) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kReplaced = {{
      {"\xc2\xa0", " "},        // no-break space
      {"\xc2\xad", ""},         // soft hyphen
      {"\xe2\x80\x8b", ""},     // zero width space
      {"\xe2\x80\xa6", "..."},  // ellipsis
      {"\xef\xbb\xbf", ""},     // byte order mark, where files were joined
      {"\xe2\x80\x8d", ""},     // zero width joiner
  }};
  for (const auto& [sequence, by] : kReplaced) {
    if (StartsWith(text, sequence)) {
      clean += by;
      return sequence.size();
    }
  }
  return 0;
}

// How much of `text` is as it should be, up to the first character that may not be.
std::size_t CleanLength(std::string_view text, bool lost_escapes) {
  const auto unclean = std::find_if(text.begin(), text.end(), [&](char c) {
    return c == '\x1b' || static_cast<unsigned char>(c) >= 0x80 || (lost_escapes && c == '[');
  });
  return static_cast<std::size_t>(unclean - text.begin());
}

// Digits of a fixed number, as in a date.
std::optional<int> TakeDigits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!IsDigit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

// ".820", ",695", ":083578" behind seconds.
protocol::Duration TakeFraction(std::string_view& text) {
  if (text.size() < 2 || (text[0] != '.' && text[0] != ',' && text[0] != ':') ||
      !IsDigit(text[1])) {
    return protocol::Duration::zero();
  }
  text.remove_prefix(1);
  std::int64_t nanoseconds = 0;
  std::int64_t unit = 100'000'000;
  while (!text.empty() && IsDigit(text[0])) {
    nanoseconds += unit * (text[0] - '0');
    unit /= 10;
    text.remove_prefix(1);
  }
  return protocol::Duration(nanoseconds);
}

std::optional<protocol::Duration> TakeTimeOfDay(std::string_view& text) {
  std::string_view rest = text;
  const auto hours = TakeDigits(rest, 2);
  if (!hours || !Take(rest, ":")) return std::nullopt;
  const auto minutes = TakeDigits(rest, 2);
  if (!minutes || !Take(rest, ":")) return std::nullopt;
  const auto seconds = TakeDigits(rest, 2);
  if (!seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
  const protocol::Duration fraction = TakeFraction(rest);
  text = rest;
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds) + fraction;
}

// The days since the epoch of a date in one of the three orders.
std::optional<protocol::Duration> TakeDate(std::string_view& text) {
  std::string_view rest = text;
  std::optional<int> year;
  std::optional<int> month;
  std::optional<int> day;
  if (rest.size() > 4 && rest[4] == '-') {
    year = TakeDigits(rest, 4);
    if (year && Take(rest, "-")) month = TakeDigits(rest, 2);
    if (month && Take(rest, "-")) day = TakeDigits(rest, 2);
  } else if (rest.size() > 5 && rest[2] == rest[5] && (rest[2] == '/' || rest[2] == '.')) {
    const bool month_first = rest[2] == '/';
    const auto first = TakeDigits(rest, 2);
    rest.remove_prefix(1);
    const auto second = TakeDigits(rest, 2);
    rest.remove_prefix(1);
    month = month_first ? first : second;
    day = month_first ? second : first;
    year = TakeDigits(rest, 4);
    if (!year) {
      year = TakeDigits(rest, 2);
      if (year) *year += 2000;
    }
  }
  constexpr int kFirstYear = 1970;
  constexpr int kLastYear = 2199;
  if (!year || !month || !day || *year < kFirstYear || *year > kLastYear) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  text = rest;
  return std::chrono::sys_days(date).time_since_epoch();
}

}  // namespace

std::string_view TrimBlanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

void CleanLine(std::string& text, bool lost_escapes) {
  if (CleanLength(text, lost_escapes) < text.size()) {
    std::string clean;
    clean.reserve(text.size());
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t plain = CleanLength(rest, lost_escapes);
      clean += rest.substr(0, plain);
      rest.remove_prefix(plain);
      if (rest.empty()) break;
      std::size_t step = EscapeLength(rest, lost_escapes);
      if (step == 0) step = TakeUnicode(rest, clean);
      if (step == 0) {
        clean += rest[0];
        step = 1;
      }
      rest.remove_prefix(std::min(step, rest.size()));
    }
    text = std::move(clean);
  }
  std::string_view rest = TrimBlanks(text);
  const std::size_t overwritten = rest.rfind('\r');
  if (overwritten != std::string_view::npos) rest = TrimBlanks(rest.substr(overwritten + 1));
  while (StartsWith(rest, "> ") || StartsWith(rest, ">>") || rest == ">") {
    rest = TrimBlanks(rest.substr(1));
  }
  if (StartsWith(rest, "```") || StartsWith(rest, "~~~")) rest = {};
  while (!rest.empty() && rest.back() == '`') rest = TrimBlanks(rest.substr(0, rest.size() - 1));
  while (!rest.empty() && rest[0] == '`') rest = TrimBlanks(rest.substr(1));
  if (rest.size() != text.size()) {
    const auto begin = static_cast<std::size_t>(rest.data() - text.data());
    const std::size_t size = rest.size();
    if (size == 0) {
      text.clear();
    } else {
      text.erase(begin + size);
      text.erase(0, begin);
    }
  }
}

void DecodeEntities(std::string& text) {
  constexpr std::array<std::pair<std::string_view, char>, 6> kNames = {{{"&lt;", '<'},
                                                                        {"&gt;", '>'},
                                                                        {"&amp;", '&'},
                                                                        {"&quot;", '"'},
                                                                        {"&apos;", '\''},
                                                                        {"&nbsp;", ' '}}};
  std::string decoded;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t plain = std::min(rest.find('&'), rest.size());
    decoded += rest.substr(0, plain);
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    const auto name = std::find_if(kNames.begin(), kNames.end(), [&](const auto& entry) {
      return StartsWith(rest, entry.first);
    });
    if (name != kNames.end()) {
      decoded += name->second;
      rest.remove_prefix(name->first.size());
      continue;
    }
    std::string_view number = rest;
    if (Take(number, "&#")) {
      const auto value = TakeDecimal(number);
      if (value && *value < 0x80 && Take(number, ";")) {
        decoded += static_cast<char>(*value);
        rest = number;
        continue;
      }
    }
    decoded += rest[0];
    rest.remove_prefix(1);
  }
  text = std::move(decoded);
}

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool Contains(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

bool Take(std::string_view& text, std::string_view start) {
  if (!StartsWith(text, start)) return false;
  text.remove_prefix(start.size());
  return true;
}

std::optional<std::uint64_t> TakeDecimal(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<std::uint64_t> TakeHexadecimal(std::string_view& text) {
  std::string_view rest = text;
  if (!Take(rest, "0x")) Take(rest, "0X");
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, 16);
  if (error != std::errc()) return std::nullopt;
  text = rest.substr(static_cast<std::size_t>(end - rest.data()));
  return value;
}

int HexValue(char c) {
  return kHexValues[static_cast<unsigned char>(c)];
}

std::optional<LogTime> TakeTime(std::string_view& text) {
  std::string_view rest = text;
  const bool bracket = Take(rest, "[");
  const auto date = TakeDate(rest);
  if (date && !Take(rest, "T")) rest = TrimBlanks(rest);
  const auto time = TakeTimeOfDay(rest);
  if (!time) return std::nullopt;
  if (date) Take(rest, "Z");
  if (bracket && !Take(rest, "]")) return std::nullopt;
  text = rest;
  return LogTime{.time = date.value_or(protocol::Duration::zero()) + *time,
                 .of_day = !date.has_value()};
}

std::string_view HexCollector::Add(std::string_view text) {
  if (bytes_.empty() && !text.empty() && HexValue(text[0]) >= 0) bytes_.reserve(text.size() / 2);
  std::size_t i = 0;
  std::size_t behind = 0;  // the last digit
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || c == '\t') continue;
    const int value = HexValue(c);
    if (value < 0) break;
    behind = i + 1;
    if (odd_) {
      bytes_.push_back(static_cast<std::uint8_t>(half_ * 16 + value));
    } else {
      half_ = static_cast<std::uint8_t>(value);
    }
    odd_ = !odd_;
  }
  return TrimBlanks(text.substr(behind));
}

void HexCollector::Clear() {
  bytes_.clear();
  odd_ = false;
}

bool SaysCut(std::string_view rest) {
  return StartsWith(rest, "..") || StartsWith(rest, "[") || StartsWith(rest, "(") ||
         StartsWith(rest, "<");
}

}  // namespace mtkrig::traces
