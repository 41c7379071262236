#include "traces/import/left_out.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "traces/import/log_text.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kLongest = 120;
// A tool's row of points is longer.
constexpr std::size_t kFewestPoints = 3;
constexpr std::size_t kMostPoints = 6;
// More words are a sentence.
constexpr std::size_t kMostWords = 8;
constexpr std::string_view kRule = "-=~*_.+#/| \t";

// Words, and beginnings of words (with a star). The first say it by themselves,
constexpr std::array<std::string_view, 6> kStrong = {"snip*",  "truncat*",  "omit*",
                                                     "elide*", "abbrevia*", "shortened"};
// these beside something that can be left out, or alone,
constexpr std::array<std::string_view, 13> kWeak = {
    "cut",   "remov*", "skip*",   "delet*", "trim*",   "clipped",  "stripped",
    "more*", "rest",   "missing", "same",   "repeat*", "continue*"};
// and these are beside them.
constexpr std::array<std::string_view, 11> kThings = {"line*",    "log*",  "output*",  "byte*",
                                                      "data",     "dump*", "message*", "packet*",
                                                      "content*", "times", "transfer*"};
constexpr std::array<std::string_view, 7> kAmounts = {"many",      "lots", "several", "hundreds",
                                                      "thousands", "some", "few"};
constexpr std::array<std::string_view, 5> kFillers = {"the", "of", "a", "and", "here"};

bool IsOneOf(std::string_view word, const std::string_view* begin, const std::string_view* end) {
  return std::any_of(begin, end, [&](std::string_view one) {
    if (one.back() != '*') return word == one;
    return StartsWith(word, one.substr(0, one.size() - 1));
  });
}

bool IsNumber(std::string_view word) {
  return !word.empty() && std::isdigit(static_cast<unsigned char>(word[0])) != 0;
}

struct Words {
  std::size_t all = 0;
  std::size_t known = 0;  // of the lists above, or numbers
  bool strong = false;
  bool weak = false;
  bool thing = false;
  bool amount = false;

  void Add(std::string_view word) {
    const bool is_strong = IsOneOf(word, kStrong.begin(), kStrong.end());
    const bool is_weak = IsOneOf(word, kWeak.begin(), kWeak.end());
    const bool is_thing = IsOneOf(word, kThings.begin(), kThings.end());
    const bool is_amount = IsNumber(word) || IsOneOf(word, kAmounts.begin(), kAmounts.end());
    ++all;
    const bool is_filler = IsOneOf(word, kFillers.begin(), kFillers.end());
    if (is_strong || is_weak || is_thing || is_amount || is_filler) ++known;
    strong = strong || is_strong;
    weak = weak || is_weak;
    thing = thing || is_thing;
    amount = amount || is_amount;
  }
  bool SayLeftOut() const {
    return strong || (weak && (thing || amount || all <= 2) && all <= kMostWords);
  }
};

// Bytes of other alphabets are no letters here: dashes and bullets are of them as well.
bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 && static_cast<unsigned char>(c) < 0x80;
}

Words WordsOf(std::string_view text) {
  Words words;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && IsWordCharacter(text[end])) ++end;
    if (end > at) words.Add(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

// Small letters, and scissors as the word that they stand for.
std::string Simplified(std::string_view line) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSigns = {
      {{"8<", "snip"}, {">8", "snip"}, {"\xe2\x9c\x82", "snip"}, {"\xe2\x8b\xae", "..."}}};
  std::string text;
  while (!line.empty()) {
    const auto sign = std::find_if(kSigns.begin(), kSigns.end(), [&](const auto& one) {
      return StartsWith(line, one.first) && (text.empty() || !IsWordCharacter(text.back()));
    });
    if (sign != kSigns.end()) {
      text += sign->second;
      line.remove_prefix(sign->first.size());
      continue;
    }
    text += static_cast<char>(std::tolower(static_cast<unsigned char>(line[0])));
    line.remove_prefix(1);
  }
  return text;
}

std::string_view WithoutRules(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kRule);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kRule) + 1 - begin);
}

// What the brackets hold that are around all of `text`; nothing if none are.
std::string_view InBrackets(std::string_view text) {
  constexpr std::array<std::string_view, 4> kPairs = {"[]", "()", "<>", "{}"};
  for (const std::string_view pair : kPairs) {
    if (text.size() < 3 || text.front() != pair[0] || text.back() != pair[1]) continue;
    const std::string_view inside = text.substr(1, text.size() - 2);
    return inside.find_first_of(pair) == std::string_view::npos ? inside : std::string_view();
  }
  return {};
}

bool IsPoints(std::string_view text) {
  if (text.find_first_not_of(". \t#/") != std::string_view::npos) return false;
  const auto points = static_cast<std::size_t>(std::count(text.begin(), text.end(), '.'));
  return points >= kFewestPoints && points <= kMostPoints;
}

bool HasRule(std::string_view end) {
  return kRule.find(end[0]) != std::string_view::npos && end[0] == end[1];
}

bool MarksWithWords(std::string_view text) {
  const Words words = WordsOf(text);
  // A line of nothing but such words needs nothing around it.
  if (words.all == words.known && (words.strong || (words.weak && words.thing && words.amount))) {
    return true;
  }
  if (text.size() < 4 || StartsWith(text, "--more--")) return false;
  const bool before = HasRule(text.substr(0, 2));
  const bool closed = (before && HasRule(text.substr(text.size() - 2))) ||
                      (kRule.find(text.front()) != std::string_view::npos &&
                       text.front() == text.back());  // "*snip*"
  const bool led = before && text.front() != '#' && words.all <= kMostWords;
  return (closed || led) && words.SayLeftOut();
}

}  // namespace

bool SaysLeftOut(std::string_view line) {
  if (line.empty() || line.size() > kLongest) return false;
  // Python's, of calls in a traceback, and Linux's, above a warning: nothing is missing there.
  if (Contains(line, "[Previous line repeated ") ||
      Contains(line, "------------[ cut here ]------------")) {
    return false;
  }
  if (StartsWith(line, "-->[") || StartsWith(line, "<--[")) return false;
  std::string decoded(line);
  if (Contains(decoded, "&")) DecodeEntities(decoded);
  const std::string simplified = Simplified(TrimBlanks(decoded));
  const std::string_view text = simplified;
  if (IsPoints(text)) return true;
  const std::string_view inside = TrimBlanks(InBrackets(WithoutRules(text)));
  if (inside.empty()) {
    return text.find_first_not_of(kRule) != std::string_view::npos && MarksWithWords(text);
  }
  const bool points = StartsWith(inside, "..");
  const Words words = WordsOf(inside);
  if (words.all == 0) return points;
  const bool ends = inside.size() > 4 && inside.substr(inside.size() - 2) == "..";
  const bool some_lines = words.amount && words.thing && Contains(inside, "lines");
  return words.SayLeftOut() || some_lines || (points && ends);
}

}  // namespace mtkrig::traces
