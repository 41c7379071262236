#pragma once

// Bytes as a text spells them, and the text with other bytes in their place: what the searches of
// spelled_bytes.cc and loose_digits.cc have in common.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "traces/redact/byte_forms.h"
#include "traces/redact/secret_table.h"

namespace mtkrig::traces {

struct TextPlace {
  std::size_t at = 0;
  std::size_t length = 0;
};

// Bytes, and where in the text each of them is spelled.
struct Spelling {
  std::string bytes;
  std::vector<TextPlace> places;
  void Add(unsigned byte, TextPlace place) {
    bytes.push_back(static_cast<char>(byte));
    places.push_back(place);
  }
  void Clear() {
    bytes.clear();
    places.clear();
  }
};

struct TextEdit {
  TextPlace place;
  std::string by;
};

// Makes the edits, in the order of their places. Of two that overlap the first counts.
void ApplyEdits(std::vector<TextEdit>& edits, std::string& text);

// Where the forms stand in a spelling. `style` tells of the text of one how it is spelled, and
// `spell` spells a byte so. Returns how many there are.
template <typename Style, typename Spell>
std::size_t FindForms(const ByteForms& forms, const Spelling& spelling, std::string_view text,
                      std::vector<TextEdit>& edits, const Style& style, const Spell& spell) {
  std::size_t found = 0;
  const std::string_view bytes = spelling.bytes;
  for (std::size_t at = 0; at + kShortestSearched <= bytes.size();) {
    const ByteForms::Form* form = forms.Find(bytes.substr(at));
    if (form == nullptr) {
      ++at;
      continue;
    }
    const std::string& to = form->second;
    const TextPlace& last = spelling.places[at + to.size() - 1];
    const std::size_t from = spelling.places[at].at;
    const bool styled = style(text.substr(from, last.at + last.length - from));
    for (std::size_t i = 0; i < to.size(); ++i) {
      const auto byte = static_cast<unsigned char>(to[i]);
      edits.push_back({spelling.places[at + i], spell(byte, styled)});
    }
    at += to.size();
    ++found;
  }
  return found;
}

}  // namespace mtkrig::traces
