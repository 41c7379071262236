#include "protocol/layout/number.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "protocol/layout/text.h"

namespace mtkrig::protocol {
namespace {

constexpr std::size_t kPaddedDigits = 8;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHexDigit(char c) {
  const char lower = ToLowerAscii(c);
  return IsDigit(c) || (lower >= 'a' && lower <= 'f');
}
bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}
bool AllHexDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsHexDigit);
}
bool HasHexPrefix(std::string_view text) {
  return text.size() > 2 && text[0] == '0' && ToLowerAscii(text[1]) == 'x';
}

// `text` consists of digits of the base.
std::optional<std::uint64_t> Parse(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error TooLarge(std::string_view text) {
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("\"{}\" is more than 64 bits hold", Printable(text)));
}

struct Unit {
  std::string_view digits;
  std::uint64_t factor = 1;
  bool named = false;
};

// Splits "10 MiB" into "10" and 1024 * 1024. None of the unit letters is a hexadecimal digit,
// except E, which needs "iB" behind it, and the B at the very end, which needs a K, M, G, T or P
// before it.
Unit SplitUnit(std::string_view text) {
  const std::string lower = ToLower(text);
  for (const std::string_view word : {"bytes", "byte"}) {
    if (lower.size() > word.size() && lower.ends_with(word)) {
      return {Trim(text.substr(0, text.size() - word.size())), 1, true};
    }
  }
  std::size_t length = lower.size();
  if (length > 1 && lower[length - 1] == 'b') --length;
  const bool binary_unit = length > 1 && lower[length - 1] == 'i';
  if (binary_unit) --length;
  const std::string_view letters = binary_unit ? "kmgtpe" : "kmgtp";
  const std::size_t power = length == 0 ? std::string_view::npos : letters.find(lower[length - 1]);
  if (power == std::string_view::npos) return {text, 1, false};
  return {Trim(text.substr(0, length - 1)), std::uint64_t{1} << (10 * (power + 1)), true};
}

Error Ambiguous(std::string_view text) {
  const auto as_hex = Parse(text, 16);
  const auto as_decimal = Parse(text, 10);
  if (!as_hex || !as_decimal) return TooLarge(text);
  return Error(
             ErrorCode::kInvalidArgument,
             fmt::format("\"{}\" can be read as hexadecimal 0x{:x} ({}) and as decimal {} ({}, {})",
                         Printable(text), *as_hex, FormatSize(*as_hex), *as_decimal,
                         FormatHex(*as_decimal), FormatSize(*as_decimal)))
      .WithHint(fmt::format("Write 0x{:x} for the first or 0x{:x} for the second.", *as_hex,
                            *as_decimal));
}

// A word of hexadecimal digits that people and other programs also write for something else.
struct OtherReading {
  std::string meaning;
  std::string spelling;  // how to write it so that nothing else can be meant
};

// 0b11. With more zeros before it, it is an address that was padded.
std::optional<OtherReading> AsBinary(std::string_view lower) {
  if (!lower.starts_with("0b") || lower.size() < 3 ||
      lower.find_first_not_of("01", 2) != std::string_view::npos) {
    return std::nullopt;
  }
  const auto value = Parse(lower.substr(2), 2);
  if (!value) return std::nullopt;
  return OtherReading{fmt::format("binary {}", *value), FormatHex(*value)};
}

// 1e3.
std::optional<OtherReading> AsPowerOfTen(std::string_view lower) {
  const std::size_t e = lower.find('e');
  if (e == std::string_view::npos || !AllDigits(lower.substr(0, e)) ||
      !AllDigits(lower.substr(e + 1))) {
    return std::nullopt;
  }
  auto value = Parse(lower.substr(0, e), 10);
  const auto exponent = Parse(lower.substr(e + 1), 10);
  for (std::uint64_t i = 0; value && *value != 0 && i < exponent.value_or(UINT64_MAX); ++i) {
    if (*value > std::numeric_limits<std::uint64_t>::max() / 10) return std::nullopt;
    *value *= 10;
  }
  if (!value) return std::nullopt;
  return OtherReading{fmt::format("decimal {}", *value), FormatHex(*value)};
}

// 16E, 16EB, 512B.
std::optional<OtherReading> AsUnit(std::string_view lower) {
  for (const auto& [letters, unit] : {std::pair<std::string_view, std::string_view>{"eb", " EiB"},
                                      {"e", " EiB"},
                                      {"b", " bytes"}}) {
    if (!lower.ends_with(letters)) continue;
    const std::string_view digits = lower.substr(0, lower.size() - letters.size());
    if (!AllDigits(digits)) return std::nullopt;
    const std::string text = fmt::format("{}{}", digits, unit);
    return OtherReading{text, fmt::format("\"{}\"", text)};
  }
  return std::nullopt;
}

// `digits` are hexadecimal and have a letter. Padded ones are addresses as other tools print them.
std::optional<Error> MoreThanHex(std::string_view digits) {
  const std::string lower = ToLower(digits);
  std::optional<OtherReading> other = AsBinary(lower);
  const bool padded = digits.size() >= kPaddedDigits && digits[0] == '0';
  if (!other && !padded) other = AsPowerOfTen(lower);
  if (!other && !padded) other = AsUnit(lower);
  const auto as_hex = Parse(digits, 16);
  if (!other || !as_hex) return std::nullopt;
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("\"{}\" can be read as hexadecimal 0x{:x} ({}) and as {}",
                           Printable(digits), *as_hex, FormatSize(*as_hex), other->meaning))
      .WithHint(fmt::format("Write 0x{:x} for the first or {} for the second.", *as_hex,
                            other->spelling));
}

Result<std::uint64_t> ParseNumber(std::string_view original, std::string_view what) {
  const std::string_view text = Trim(original);
  const Unit unit = SplitUnit(text);
  std::string_view digits = unit.digits;
  std::optional<std::uint64_t> value;
  const bool hex_suffix = digits.size() > 1 && ToLowerAscii(digits.back()) == 'h' &&
                          AllHexDigits(digits.substr(0, digits.size() - 1));
  if (HasHexPrefix(digits) && AllHexDigits(digits.substr(2))) {
    value = Parse(digits.substr(2), 16);
  } else if (hex_suffix) {
    value = Parse(digits.substr(0, digits.size() - 1), 16);
  } else if (AllDigits(digits) && unit.named) {
    value = Parse(digits, 10);
  } else if (AllDigits(digits)) {
    const bool padded = digits.size() >= kPaddedDigits && digits[0] == '0';
    const bool same_in_both = digits.find_first_not_of('0') >= digits.size() - 1;
    if (!padded && !same_in_both) return Ambiguous(digits);
    value = Parse(digits, 16);
  } else if (AllHexDigits(digits) && !unit.named) {
    if (auto ambiguous = MoreThanHex(digits)) return *std::move(ambiguous);
    value = Parse(digits, 16);
  } else {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("\"{}\" is not {}", Printable(text), what))
        .WithHint("Write hexadecimal with 0x (0xf88000) or a number with a unit (6M).");
  }
  if (!value || *value > std::numeric_limits<std::uint64_t>::max() / unit.factor) {
    return TooLarge(text);
  }
  return *value * unit.factor;
}

Error BadRange(std::string_view text, std::string_view why) {
  return Error(ErrorCode::kInvalidArgument, fmt::format("range \"{}\": {}", Printable(text), why))
      .WithHint(
          "A range is REGION:START+LENGTH=FILE, such as "
          "EMMC_USER:0x988000+0x600000=boot.img.");
}

}  // namespace

Result<std::uint64_t> ParseAddress(std::string_view text) {
  return ParseNumber(text, "an address");
}

Result<std::uint64_t> ParseSize(std::string_view text) {
  return ParseNumber(text, "a size");
}

std::optional<std::uint64_t> ParseHex(std::string_view text) {
  text = Trim(text);
  if (HasHexPrefix(text)) text.remove_prefix(2);
  return AllHexDigits(text) ? Parse(text, 16) : std::nullopt;
}

std::optional<FileNumber> ParseFileNumber(std::string_view text) {
  text = Trim(text);
  const auto value = ParseHex(text);
  if (!value) return std::nullopt;
  FileNumber number{*value, std::nullopt};
  const bool padded = text.size() >= kPaddedDigits && text[0] == '0';
  if (AllDigits(text) && !padded) number.as_decimal = Parse(text, 10);
  if (number.as_decimal == number.value) number.as_decimal.reset();
  return number;
}

std::string FormatHex(std::uint64_t value) {
  return fmt::format("0x{:x}", value);
}

std::string FormatSize(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return fmt::format("{} {}", text, kUnits[unit]);
}

Result<RangeSpec> ParseRangeSpec(std::string_view text) {
  // The first '=' ends the numbers: a file name may contain any of the separators.
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return BadRange(text, "there is no =FILE at its end");
  const std::string_view place = text.substr(0, equals);
  const std::size_t colon = place.find(':');
  if (colon == std::string_view::npos) return BadRange(text, "there is no REGION: at its start");
  const std::size_t plus = place.find('+', colon);
  if (plus == std::string_view::npos) return BadRange(text, "there is no +LENGTH after the start");
  RangeSpec spec;
  const std::string_view region = Trim(place.substr(0, colon));
  if (!EqualsIgnoringCase(region, "linear")) {
    spec.region = FlashRegionFromName(region);
    if (!spec.region) {
      return BadRange(text, fmt::format("\"{}\" is no region; there are EMMC_USER, EMMC_BOOT_1, "
                                        "EMMC_BOOT_2, EMMC_RPMB, EMMC_GP_1 to EMMC_GP_4, NAND, "
                                        "NOR, SDCARD, UFS_LU0 to UFS_LU3 and LINEAR",
                                        Printable(region)));
    }
  }
  TRY_ASSIGN(spec.start, ParseAddress(place.substr(colon + 1, plus - colon - 1)));
  TRY_ASSIGN(spec.length, ParseSize(place.substr(plus + 1)));
  if (spec.length == 0) return BadRange(text, "its length is 0");
  if (spec.start > std::numeric_limits<std::uint64_t>::max() - spec.length) {
    return BadRange(text, "it runs past 64 bits");
  }
  spec.file_name = Trim(text.substr(equals + 1));
  if (spec.file_name.empty()) return BadRange(text, "the file name after = is empty");
  return spec;
}

}  // namespace mtkrig::protocol
