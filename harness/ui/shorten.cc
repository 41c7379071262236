#include "harness/ui/shorten.h"

#include <algorithm>

namespace mtkrig::harness {
namespace {

constexpr std::string_view kEllipsis = "…";

bool BeginsCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

// Where character number `index` begins; the end of the text when it has no more than that.
std::size_t OffsetOf(std::string_view text, std::size_t index) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (BeginsCharacter(text[i]) && seen++ == index) return i;
  }
  return text.size();
}

std::string Shorten(std::string_view text, std::size_t head, std::size_t tail) {
  std::string shorter(text.substr(0, OffsetOf(text, head)));
  shorter += kEllipsis;
  shorter += text.substr(OffsetOf(text, Columns(text) - tail));
  return shorter;
}

}  // namespace

std::size_t Columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), BeginsCharacter));
}

std::string ShortenMiddle(std::string_view text, std::size_t columns) {
  if (Columns(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  return Shorten(text, columns / 2, (columns - 1) / 2);
}

std::string ShortenEnd(std::string_view text, std::size_t columns) {
  if (Columns(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  return Shorten(text, columns - 1, 0);
}

}  // namespace mtkrig::harness
