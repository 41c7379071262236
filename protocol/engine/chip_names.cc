#include "protocol/engine/chip_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "protocol/engine/chips.h"

namespace mtkrig::protocol {
namespace {

struct OtherNames {
  std::uint16_t hw_code = 0;
  std::array<std::uint16_t, 4> numbers = {};  // besides that of the chip's own name; 0 for none
};

// M's names of each code, and the platforms of scatter files of phones that answer it: listings of
// the MT6735 family say MT6735 for MT6737 and MT6753 too, those of MT6750 say MT6755.
constexpr std::array kOtherNames = {
    OtherNames{0x0279, {6767}},
    OtherNames{0x0321, {6737, 8735}},
    OtherNames{0x0326, {6750}},
    OtherNames{0x0335, {6735}},
    OtherNames{0x0337, {6735}},
    OtherNames{0x0601, {6755}},
    OtherNames{0x0633, {8321}},
    OtherNames{0x0699, {6731, 8765}},
    OtherNames{0x0707, {6769}},
    OtherNames{0x0717, {6762, 3369, 8766}},
    OtherNames{0x0766, {6762, 8768}},
    OtherNames{0x0788, {8183, 8385, 8666}},
    OtherNames{0x0816, {6883, 6889}},
    OtherNames{0x0950, {6891}},
    OtherNames{0x0992, {6890}},
    OtherNames{0x1208, {8781}},
    OtherNames{0x6575, {6577, 8317}},
    OtherNames{0x6577, {6575, 8317}},
    OtherNames{0x6582, {6574, 8382}},
    OtherNames{0x6583, {6583, 8389}},
    OtherNames{0x6589, {6583, 8389}},
    OtherNames{0x6592, {8392}},
    OtherNames{0x8127, {3367}},
    OtherNames{0x8167, {8362, 8516}},
    OtherNames{0x8590, {7623, 7683, 8521}},
};

// 6577 of "MT6577" and "mt6577t".
std::optional<std::uint16_t> NumberOf(std::string_view name) {
  constexpr std::size_t kDigits = 4;
  const std::size_t start = name.find_first_not_of(" \t");
  if (start == std::string_view::npos) return std::nullopt;
  name.remove_prefix(start);
  if (name.size() < 2 + kDigits || (name[0] != 'M' && name[0] != 'm') ||
      (name[1] != 'T' && name[1] != 't')) {
    return std::nullopt;
  }
  const auto is_digit = [](char c) {
    return c >= '0' && c <= '9';
  };
  std::uint16_t number = 0;
  for (const char c : name.substr(2, kDigits)) {
    if (!is_digit(c)) return std::nullopt;
    number = static_cast<std::uint16_t>(number * 10 + (c - '0'));
  }
  if (name.size() > 2 + kDigits && is_digit(name[2 + kDigits])) return std::nullopt;
  return number;
}

std::vector<std::uint16_t> NumbersOf(std::uint16_t hw_code) {
  std::vector<std::uint16_t> numbers;
  const Chip* chip = FindChip(hw_code);
  if (chip == nullptr) return numbers;
  if (const auto own = NumberOf(chip->name)) numbers.push_back(*own);
  for (const OtherNames& others : kOtherNames) {
    if (others.hw_code != hw_code) continue;
    for (const std::uint16_t number : others.numbers) {
      if (number != 0) numbers.push_back(number);
    }
  }
  return numbers;
}

// MT6575 and MT6577 share a code, or have each other's.
constexpr std::uint16_t kMt6575SubCode = 0x8a00;
constexpr std::uint16_t kMt6577SubCode = 0x8b00;

bool IsRuledOut(std::uint16_t number, std::uint16_t hw_code, std::uint16_t hw_sub_code) {
  if (hw_code != 0x6575 && hw_code != 0x6577) return false;
  return hw_sub_code == (number == 6575 ? kMt6577SubCode : kMt6575SubCode);
}

std::string NameOf(std::uint16_t number) {
  return fmt::format("MT{:04}", number);
}

}  // namespace

ChipMatch MatchChip(std::uint16_t hw_code, std::string_view platform) {
  const auto wanted = NumberOf(platform);
  const std::vector<std::uint16_t> numbers = NumbersOf(hw_code);
  if (!wanted || numbers.empty()) return ChipMatch::kUnknown;
  const bool same = std::find(numbers.begin(), numbers.end(), *wanted) != numbers.end();
  return same ? ChipMatch::kSame : ChipMatch::kOther;
}

std::string ChipNames(std::uint16_t hw_code) {
  std::vector<std::uint16_t> numbers = NumbersOf(hw_code);
  std::sort(numbers.begin(), numbers.end());
  std::string text;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::string_view separator = i == 0 ? "" : i + 1 == numbers.size() ? " or " : ", ";
    text += fmt::format("{}{}", separator, NameOf(numbers[i]));
  }
  return text;
}

std::vector<std::string> PossibleChips(std::uint16_t hw_code, std::uint16_t hw_sub_code) {
  std::vector<std::string> names;
  const Chip* chip = FindChip(hw_code);
  for (const std::uint16_t number : NumbersOf(hw_code)) {
    if (IsRuledOut(number, hw_code, hw_sub_code)) continue;
    // Its own name may have a letter behind the number.
    const bool own = NumberOf(chip->name) == number;
    names.push_back(own ? std::string(chip->name) : NameOf(number));
  }
  return names;
}

std::string ChipTitle(std::uint16_t hw_code, std::uint16_t hw_sub_code) {
  return fmt::format("{}", fmt::join(PossibleChips(hw_code, hw_sub_code), "/"));
}

std::vector<std::string> ArchiveChips(std::uint16_t archive_hw_code) {
  std::vector<std::string> names;
  for (const Chip& chip : AllChips()) {
    const bool served =
        chip.archive_hw_code == archive_hw_code || chip.archive_hw_code_alt == archive_hw_code;
    // MT6589 has two codes.
    const bool is_new = std::find(names.begin(), names.end(), chip.name) == names.end();
    if (served && is_new) names.emplace_back(chip.name);
  }
  return names;
}

}  // namespace mtkrig::protocol
