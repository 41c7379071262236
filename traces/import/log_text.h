#pragma once

// What the lines of all logs have in common: what terminals and bug trackers do to them, times,
// hex.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/clock.h"

namespace mtkrig::traces {

// Without blanks at either end.
std::string_view TrimBlanks(std::string_view text);

// Takes away what surrounds a line of a log that went through a terminal, a text editor and a bug
// tracker: colours (also those whose escape character was lost, if `lost_escapes`), what a carriage
// return wrote over, "> " of quoting, fences and backticks of Markdown, characters that cannot be
// seen, blanks at either end. An ellipsis becomes three points.
void CleanLine(std::string& text, bool lost_escapes = true);

// &lt; and the like, and &#NN; of ASCII, as what they stand for.
void DecodeEntities(std::string& text);

bool StartsWith(std::string_view text, std::string_view start);
bool Contains(std::string_view text, std::string_view what);
// Takes `start` from the front of `text`, if it stands there.
bool Take(std::string_view& text, std::string_view start);
// Decimal digits from the front; nothing if there are none, or too many for 64 bits.
std::optional<std::uint64_t> TakeDecimal(std::string_view& text);
// Hexadecimal digits from the front, behind 0x or not.
std::optional<std::uint64_t> TakeHexadecimal(std::string_view& text);
int HexValue(char c);  // -1 for what is no digit

struct LogTime {
  protocol::Duration time{};
  bool of_day = false;  // since midnight; otherwise since the epoch, as if the clock showed UTC
};

// A time at the front of `text`, in brackets or not, is taken from it: 2023-12-09 03:06:36,695,
// 04/23/2021 13:01:59.820 (month first), 19.04.2010 13:50:30.03664 (day first), 13:01:59 with or
// without a fraction behind a point, comma or colon.
std::optional<LogTime> TakeTime(std::string_view& text);

// Digits of a transfer, of one line or of several, with or without blanks between.
class HexCollector {
 public:
  // Digits from the front of `text`; returns what stands behind them.
  std::string_view Add(std::string_view text);
  std::vector<std::uint8_t>& bytes() { return bytes_; }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  // Half a byte is left over.
  bool odd() const { return odd_; }
  void Clear();

 private:
  std::vector<std::uint8_t> bytes_;
  std::uint8_t half_ = 0;
  bool odd_ = false;
};

// Whether `rest`, which stands behind hex digits, says that some were left out: "...", "[cut]".
bool SaysCut(std::string_view rest);

}  // namespace mtkrig::traces
