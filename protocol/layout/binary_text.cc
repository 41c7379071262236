#include "protocol/layout/binary_text.h"

#include <algorithm>
#include <string_view>

#include "protocol/layout/text.h"

namespace mtkrig::protocol {
namespace {

constexpr char kEndOfDosFile = 0x1a;

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 || byte == 0x7f) && c != '\t' && c != '\v' && c != '\f' && c != kEndOfDosFile;
}

bool IsHigh(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

std::string_view WithoutControlAtEnds(std::string_view line) {
  while (!line.empty() && IsControl(line.front())) line.remove_prefix(1);
  while (!line.empty() && IsControl(line.back())) line.remove_suffix(1);
  return line;
}

// A quarter of what stands between zeros at the ends. Comments in an old Chinese or Russian
// encoding have as many high bytes, so this asks only about lines that have control characters, or
// stand behind such a line.
bool IsMostlyBinary(std::string_view line) {
  const std::string_view inside = WithoutControlAtEnds(line);
  const auto odd = std::count_if(inside.begin(), inside.end(),
                                 [](char c) { return (IsControl(c) && c != '\0') || IsHigh(c); });
  return static_cast<std::size_t>(odd) * 4 >= inside.size();
}

// A line that Windows appended as UTF-16 to a file of bytes: every other byte is 0.
bool IsInterleaved(std::string_view line) {
  const auto zeros = std::count(line.begin(), line.end(), '\0');
  return static_cast<std::size_t>(zeros) * 5 >= line.size() * 2;
}

void BlankLine(char* begin, std::size_t length) {
  const std::string_view line(begin, length);
  char* const end = begin + length;
  if (IsMostlyBinary(line)) {
    std::fill(begin, end, ' ');
    return;
  }
  if (IsInterleaved(WithoutControlAtEnds(line))) std::fill(std::remove(begin, end, '\0'), end, ' ');
  std::replace_if(begin, end, IsControl, ' ');
}

}  // namespace

std::vector<BinaryLines> BlankBinary(std::string& text) {
  std::vector<BinaryLines> found;
  int number = 0;
  for (const std::string_view line : SplitLines(text)) {
    ++number;
    const bool behind = !found.empty() && found.back().last + 1 == number;
    const auto controls = std::count_if(line.begin(), line.end(), IsControl);
    const bool binary = controls > 0 || (behind && !line.empty() && IsMostlyBinary(line));
    if (!binary) continue;
    const std::size_t odd =
        static_cast<std::size_t>(controls + std::count_if(line.begin(), line.end(), IsHigh));
    if (behind) {
      found.back().last = number;
      found.back().bytes += odd;
    } else {
      found.push_back({number, number, odd});
    }
    BlankLine(text.data() + (line.data() - text.data()), line.size());
  }
  return found;
}

}  // namespace mtkrig::protocol
