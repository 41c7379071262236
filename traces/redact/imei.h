#pragma once

// IMEIs: the numbers of phones in their networks, 14 digits and one that checks them.

#include <cstddef>
#include <string_view>

namespace mtkrig::traces {

inline constexpr std::size_t kImeiDigits = 15;

// Whether this is one, by its length and its check digit (3GPP TS 23.003, annex B).
bool IsImei(std::string_view digits);
// The last digit for those in front of it. Requires digits only.
char ImeiCheckDigit(std::string_view digits);

}  // namespace mtkrig::traces
