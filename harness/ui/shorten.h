#pragma once

// Text that must fit a terminal. Columns are code points of UTF-8, as in harness/text.h: characters
// of double width do not occur in what is printed here.

#include <cstddef>
#include <string>
#include <string_view>

namespace mtkrig::harness {

std::size_t Columns(std::string_view text);

// At most `columns` of the text, with "…" for what had to go: from its middle, since file names
// differ at either end ("EMMC_BOO…_2.img"), or from its end. A character is never cut in two.
std::string ShortenMiddle(std::string_view text, std::size_t columns);
std::string ShortenEnd(std::string_view text, std::size_t columns);

}  // namespace mtkrig::harness
