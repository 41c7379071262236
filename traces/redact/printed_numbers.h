#pragma once

// Numbers of phones and cards as labels, boxes and screens print them: decimal digits in groups,
// with blanks, dashes, dots, slashes or brackets between.

#include <cstddef>
#include <string_view>
#include <vector>

namespace mtkrig::traces {

// Where in a text the digits of one number stand.
using DigitPlaces = std::vector<std::size_t>;

// The IMEIs of a line by themselves, each with the right check digit: 15 digits between other
// words in any groups, and in the groups that IMEIs are printed in also beside further digits.
// In order and apart.
std::vector<DigitPlaces> FindPrintedImeis(std::string_view line);

// The numbers of `fewest` to `most` digits from `from` on, where a word in front says what they
// are: a whole row of groups, or as many as have `usual` digits, or nearly. In order and apart.
std::vector<DigitPlaces> FindPrintedNumbers(std::string_view line, std::size_t from,
                                            std::size_t fewest, std::size_t usual,
                                            std::size_t most);

}  // namespace mtkrig::traces
