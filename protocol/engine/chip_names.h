#pragma once

// Which chips a phone may be by the code that it answers. One die is sold under several names, and
// a scatter file's platform is any of them.

#include <cstdint>
#include <string>
#include <string_view>

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

}  // namespace mtkrig::protocol
