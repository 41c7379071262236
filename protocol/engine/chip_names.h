#pragma once

// Which chips a phone may be by the code that it answers. One die is sold under several names, and
// a scatter file's platform is any of them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mtkrig::protocol {

enum class ChipMatch {
  kSame,
  kOther,
  kUnknown,  // the name is no chip's, or mtkrig does not know the code
};

// `platform` as scatter files have it: "MT6577", "mt6735m", "MT6765V/WB". Letters behind the number
// are speed grades and packages, and do not count.
ChipMatch MatchChip(std::uint16_t hw_code, std::string_view platform);

// "MT6575, MT6577 or MT8317"; empty for a code that mtkrig does not know.
std::string ChipNames(std::uint16_t hw_code);

// The names that the chip may have, that of the family's scatter files first: GET_HW_SW_VER's sub
// code rules some of them out on 6575, where it is 8a00 of an MT6575 of every revision, and 8b00 of
// an MT6577 (the preloaders and kernels that phone vendors published) or an MT8317 (S). Empty for a
// code that mtkrig does not know.
std::vector<std::string> PossibleChips(std::uint16_t hw_code, std::uint16_t hw_sub_code);
// Those, as "MT6577/MT8317".
std::string ChipTitle(std::uint16_t hw_code, std::uint16_t hw_sub_code);

// The chips whose agents stand under this code in DA archives: MT6735, MT6737M and MT6753 for 6735.
// Empty for one that mtkrig does not know.
std::vector<std::string> ArchiveChips(std::uint16_t archive_hw_code);

}  // namespace mtkrig::protocol
