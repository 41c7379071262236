#include "traces/formats/wire_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <limits>

#include "traces/formats/text_escape.h"

namespace mtkrig::traces {
namespace {

using protocol::Duration;

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
  unsigned decimals;  // down to one nanosecond
};
// From the largest. "s" comes last where names are looked for: the others end in it, too.
constexpr std::array<Unit, 4> kUnits = {
    {{"s", 1'000'000'000, 9}, {"ms", 1'000'000, 6}, {"us", 1000, 3}, {"ns", 1, 0}}};

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// ".5" for 500000000 of nine decimals; nothing for 0.
std::string Fraction(std::uint64_t value, unsigned decimals) {
  if (value == 0) return {};
  std::string digits = fmt::format("{:0{}}", value, decimals);
  while (digits.back() == '0') digits.pop_back();
  return "." + digits;
}

// Takes ".5" from the front; 0 if there is none. Nothing for a point without digits, or for more
// digits than count.
std::optional<std::int64_t> TakeFraction(std::string_view& text, unsigned decimals) {
  if (text.empty() || text[0] != '.') return 0;
  text.remove_prefix(1);
  std::int64_t value = 0;
  unsigned digits = 0;
  while (!text.empty() && IsDigit(text[0])) {
    if (++digits > decimals) return std::nullopt;
    value = value * 10 + (text[0] - '0');
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (; digits < decimals; ++digits) value *= 10;
  return value;
}

std::optional<std::int64_t> TakeWhole(std::string_view& text) {
  std::int64_t value = 0;
  if (text.empty() || !IsDigit(text[0])) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// Takes exactly `digits` digits and the character behind them.
std::optional<unsigned> TakeField(std::string_view& text, std::size_t digits, char behind) {
  if (text.size() < digits + 1 || text[digits] != behind) return std::nullopt;
  unsigned value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!IsDigit(text[i])) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  text.remove_prefix(digits + 1);
  return value;
}

}  // namespace

std::string FormatDuration(Duration duration) {
  const std::int64_t count = duration.count();
  for (const Unit& unit : kUnits) {
    if (count < unit.nanoseconds) continue;
    return fmt::format(
        "{}{}{}", count / unit.nanoseconds,
        Fraction(static_cast<std::uint64_t>(count % unit.nanoseconds), unit.decimals), unit.name);
  }
  return "0s";
}

std::optional<Duration> ParseDuration(std::string_view text) {
  const std::optional<std::int64_t> whole = TakeWhole(text);
  if (!whole.has_value()) return std::nullopt;
  std::size_t digits = 0;
  while (digits < text.size() && (text[digits] == '.' || IsDigit(text[digits]))) ++digits;
  for (const Unit& unit : kUnits) {
    if (text.substr(digits) != unit.name) continue;
    std::string_view rest = text;
    const std::optional<std::int64_t> fraction = TakeFraction(rest, unit.decimals);
    if (!fraction.has_value() || rest != unit.name) return std::nullopt;
    if (*whole > (kMax - *fraction) / unit.nanoseconds) return std::nullopt;
    return Duration(*whole * unit.nanoseconds + *fraction);
  }
  return std::nullopt;
}

std::string FormatPointInTime(Duration time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{std::chrono::sys_days{day}};
  const Duration rest = time - day;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(rest);
  const std::int64_t in_day = seconds.count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     in_day / 3600, in_day / 60 % 60, in_day % 60,
                     Fraction(static_cast<std::uint64_t>((rest - seconds).count()), 9));
}

std::optional<Duration> ParsePointInTime(std::string_view text) {
  const auto year = TakeField(text, 4, '-');
  const auto month = year ? TakeField(text, 2, '-') : std::nullopt;
  const auto day = month ? TakeField(text, 2, 'T') : std::nullopt;
  const auto hour = day ? TakeField(text, 2, ':') : std::nullopt;
  const auto minute = hour ? TakeField(text, 2, ':') : std::nullopt;
  if (!year || !month || !day || !hour || !minute || text.size() < 3) return std::nullopt;
  if (!IsDigit(text[0]) || !IsDigit(text[1])) return std::nullopt;
  const int second = (text[0] - '0') * 10 + (text[1] - '0');
  text.remove_prefix(2);
  const std::optional<std::int64_t> fraction = TakeFraction(text, 9);
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!fraction.has_value() || text != "Z" || !date.ok() || *year < 1970 || *hour > 23 ||
      *minute > 59 || second > 59) {
    return std::nullopt;
  }
  const std::chrono::seconds seconds = std::chrono::sys_days(date).time_since_epoch() +
                                       std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
                                       std::chrono::seconds(second);
  // What 64 bits of nanoseconds hold ends in 2262.
  if (seconds.count() >= kMax / kUnits[0].nanoseconds) return std::nullopt;
  return seconds + Duration(*fraction);
}

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  int base = 10;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : EscapeText(text)) {
    if (c == '"') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string FormatText(std::string_view text) {
  std::string escaped = EscapeText(text);
  // A backslash alone needs no quotes: bare text has no escapes.
  bool bare = !text.empty() && text[0] != '"' && Trim(text) == text;
  for (const char c : text) bare = bare && c != '\n' && c != '\r' && c != '\t';
  if (bare && escaped.find("\\x") != std::string::npos) bare = escaped == text;
  return bare ? std::string(text) : Quote(text);
}

std::optional<std::string> ParseText(std::string_view text) {
  if (text.empty() || text[0] != '"') return std::string(text);
  if (text.size() < 2 || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  // A quote inside must be escaped, and the closing one must not be.
  bool escaped = false;
  for (const char c : text) {
    if (c == '"' && !escaped) return std::nullopt;
    escaped = c == '\\' && !escaped;
  }
  if (escaped) return std::nullopt;
  return UnescapeText(text);
}

std::string_view Trim(std::string_view text) {
  const auto blank = [](char c) {
    return c == ' ' || c == '\t';
  };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace mtkrig::traces
