#pragma once

// What is no text in a text file: zeros that pad a line, a checksum or a signature that a vendor's
// tool appended, a piece that another program saved as UTF-16. The text around it is still good.

#include <cstddef>
#include <string>
#include <vector>

namespace mtkrig::protocol {

// Lines in a row.
struct BinaryLines {
  int first = 0;  // from 1
  int last = 0;
  std::size_t bytes = 0;  // that are no text
};

// Replaces such bytes by blanks in place; a line that is mostly made of them becomes empty. Line
// ends stay where they are, so that lines keep their numbers.
std::vector<BinaryLines> BlankBinary(std::string& text);

}  // namespace mtkrig::protocol
