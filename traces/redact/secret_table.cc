#include "traces/redact/secret_table.h"

#include <algorithm>
#include <bitset>
#include <cctype>
#include <iterator>
#include <optional>
#include <utility>

#include "traces/redact/imei.h"
#include "traces/redact/spelled_bytes.h"

namespace mtkrig::traces {
namespace {

using Bytes = std::vector<std::uint8_t>;

// splitmix64, to make substitutes that look like identities.
std::uint64_t Mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

Bytes MadeUp(std::size_t number, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(Mix(number * kLongestSecret + i / 8) >> (i % 8 * 8));
  }
  return bytes;
}

bool IsPlain(ByteSpan value) {
  const bool same = std::all_of(value.begin(), value.end(),
                                [&](std::uint8_t byte) { return byte == value.front(); });
  return value.empty() || (same && (value.front() == 0x00 || value.front() == 0xff));
}

std::size_t DifferentBytes(ByteSpan value) {
  std::bitset<256> seen;
  for (const std::uint8_t byte : value) seen.set(byte);
  return seen.count();
}

Bytes WordsTurned(ByteSpan value, std::size_t word = 4) {
  Bytes turned(value.begin(), value.end());
  for (std::size_t at = 0; at + word <= turned.size(); at += word) {
    std::reverse(turned.begin() + static_cast<std::ptrdiff_t>(at),
                 turned.begin() + static_cast<std::ptrdiff_t>(at + word));
  }
  return turned;
}

// Of the five fields of a GUID the first three are numbers, kept little-endian.
constexpr std::size_t kGuidSize = 16;
Bytes GuidOrder(ByteSpan value) {
  Bytes ordered(value.begin(), value.end());
  std::reverse(ordered.begin(), ordered.begin() + 4);
  std::reverse(ordered.begin() + 4, ordered.begin() + 6);
  std::reverse(ordered.begin() + 6, ordered.begin() + 8);
  return ordered;
}

Bytes Turned(ByteSpan value) {
  return {value.rbegin(), value.rend()};
}

Bytes HexText(ByteSpan value, bool upper) {
  constexpr std::string_view kLower = "0123456789abcdef";
  constexpr std::string_view kUpper = "0123456789ABCDEF";
  const std::string_view digits = upper ? kUpper : kLower;
  Bytes text;
  for (const std::uint8_t byte : value) {
    text.push_back(static_cast<std::uint8_t>(digits[byte >> 4]));
    text.push_back(static_cast<std::uint8_t>(digits[byte & 0xf]));
  }
  return text;
}

Bytes Wide(ByteSpan text) {
  Bytes wide;
  for (const std::uint8_t byte : text) {
    wide.push_back(byte);
    wide.push_back(0);
  }
  return wide;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The bytes that `text` spells in hex digits, as an agent that speaks XML gives its identities; or
// nothing. So few that they may be a number are no identity.
constexpr std::size_t kFewestHexDigits = 16;
std::optional<Bytes> SpelledBytes(ByteSpan text) {
  if (text.size() < kFewestHexDigits || text.size() % 2 != 0) return std::nullopt;
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(static_cast<char>(text[i]));
    const int low = HexDigit(static_cast<char>(text[i + 1]));
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

// "X00000000000": as long, and of the characters that serial numbers have. With a number in place
// of its last zeros it stands for a certain text.
constexpr char kTextMark = 'X';
std::string NoText(std::size_t size) {
  std::string text(size, '0');
  if (!text.empty()) text.front() = kTextMark;
  return text;
}

// A number in place of the last characters.
void PutNumber(std::size_t number, std::string& made) {
  for (std::size_t at = made.size(); at > 0 && number > 0; number /= 10) {
    made[--at] = static_cast<char>('0' + number % 10);
  }
}

std::string SmallLetters(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return small;
}

std::string KeyOf(ByteSpan value) {
  return {value.begin(), value.end()};
}

ByteSpan BytesOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::vector<std::uint8_t> SecretTable::Substitute(ByteSpan value) {
  Bytes key(value.begin(), value.end());
  if (IsPlain(value)) return key;
  const auto known = substitutes_.find(KeyOf(value));
  if (known != substitutes_.end()) return known->second;
  if (const auto spelled = SpelledBytes(value)) {
    // Digits stay digits, and those of the same bytes elsewhere.
    const bool upper = std::any_of(value.begin(), value.end(),
                                   [](std::uint8_t c) { return c >= 'A' && c <= 'F'; });
    return substitutes_.emplace(KeyOf(value), HexText(Substitute(*spelled), upper)).first->second;
  }
  if (value.size() > kLongestSecret || count_ == kMaxSecrets) return Bytes(value.size());
  Bytes made = MadeUp(++count_, value.size());
  const bool searched = value.size() >= kShortestSearched && value.size() <= kLongestSearched &&
                        DifferentBytes(value) >= kFewestDifferent;
  const std::pair<Bytes, Bytes> forms[] = {
      {key, made}, {WordsTurned(key), WordsTurned(made)}, {Turned(key), Turned(made)}};
  for (const auto& [from, to] : forms) {
    if (!substitutes_.emplace(KeyOf(from), to).second || !searched) continue;
    AddPattern(from, to);
    AddSpelled(from, to);
    AddSpelled(WordsTurned(from, 2), WordsTurned(to, 2));
    for (const bool upper : {false, true}) AddSpelled(HexText(from, upper), HexText(to, upper));
    // As people write a GUID.
    if (value.size() == kGuidSize) AddSpelled(GuidOrder(from), GuidOrder(to));
    for (const bool upper : {false, true}) {
      AddPattern(HexText(from, upper), HexText(to, upper));
      AddPattern(Wide(HexText(from, upper)), Wide(HexText(to, upper)));
    }
  }
  if (searched) AddPieces(value, made);
  return made;
}

void SecretTable::AddSpelled(ByteSpan from, ByteSpan to) {
  if (from.size() < kShortestSearched || DifferentBytes(from) < kFewestDifferent) return;
  spelled_.Add(KeyOf(from), KeyOf(to));
}

// As tools print it that take numbers of 64 bits for it, each for itself: in either byte order, and
// also as two words of 32 bits.
void SecretTable::AddPieces(ByteSpan from, ByteSpan to) {
  constexpr std::size_t kPiece = 8;
  AddSpelled(WordsTurned(from, kPiece), WordsTurned(to, kPiece));
  for (std::size_t at = 0; at + kPiece <= from.size() && from.size() > kPiece; at += kPiece) {
    const ByteSpan piece = from.subspan(at, kPiece);
    const ByteSpan made = to.subspan(at, kPiece);
    AddSpelled(piece, made);
    AddSpelled(Turned(piece), Turned(made));
    AddSpelled(WordsTurned(piece), WordsTurned(made));
  }
}

std::optional<std::vector<std::uint8_t>> SecretTable::Find(ByteSpan value) const {
  if (IsPlain(value)) return Bytes(value.begin(), value.end());
  const auto known = substitutes_.find(KeyOf(value));
  if (known == substitutes_.end()) return std::nullopt;
  return known->second;
}

std::string SecretTable::SubstituteText(std::string_view text) {
  if (text.empty()) return {};
  if (IsImei(text)) return SubstituteDigits(text);
  const auto known = texts_.find(text);
  if (known != texts_.end()) return known->second;
  std::string made = NoText(text.size());
  if (count_ == kMaxSecrets) return made;
  PutNumber(++count_, made);
  made.front() = kTextMark;
  return AddText(text, std::move(made));
}

std::string SecretTable::SubstituteDigits(std::string_view digits) {
  const auto known = texts_.find(digits);
  if (known != texts_.end()) return known->second;
  std::string made(digits.size(), '0');
  if (digits.empty() || count_ == kMaxSecrets) return made;
  const bool checked = digits.size() == kImeiDigits;
  if (checked) made.pop_back();
  PutNumber(++count_, made);
  if (checked) made.push_back(ImeiCheckDigit(made));
  return AddText(digits, std::move(made));
}

std::string SecretTable::AddText(std::string_view text, std::string made) {
  texts_.emplace(text, made);
  if (text.size() < kShortestSearched || text.size() > kLongestSearched) return made;
  any_case_.Add(SmallLetters(text), made);
  if (DifferentBytes(BytesOf(text)) >= kFewestDifferent) {
    const ByteSpan from = BytesOf(text);
    const ByteSpan to = BytesOf(made);
    AddPattern({from.begin(), from.end()}, {to.begin(), to.end()});
    AddPattern(Wide(from), Wide(to));
    AddSpelled(from, to);
  }
  return made;
}

std::string SecretTable::FindText(std::string_view text) const {
  const auto known = texts_.find(text);
  if (known != texts_.end()) return known->second;
  return IsImei(text) ? std::string(text.size(), '0') : NoText(text.size());
}

std::string SecretTable::FindDigits(std::string_view digits) const {
  const auto known = texts_.find(digits);
  return known != texts_.end() ? known->second : std::string(digits.size(), '0');
}

void SecretTable::AddPattern(Bytes from, Bytes to) {
  longest_ = std::max(longest_, from.size());
  patterns_.push_back({std::move(from), std::move(to)});
}

std::size_t SecretTable::ReplaceIn(std::string& text) const {
  const std::size_t replaced = ReplaceTexts(text);
  return replaced + ReplaceSpelled(spelled_, text);
}

std::size_t SecretTable::ReplaceTexts(std::string& text) const {
  if (any_case_.empty()) return 0;
  const std::string small = SmallLetters(text);
  std::size_t replaced = 0;
  for (std::size_t at = 0; at < text.size();) {
    const ByteForms::Form* form = any_case_.Find(std::string_view(small).substr(at));
    if (form == nullptr) {
      ++at;
      continue;
    }
    text.replace(at, form->second.size(), form->second);
    at += form->second.size();
    ++replaced;
  }
  return replaced;
}

std::size_t SecretTable::ReplaceIn(std::span<std::uint8_t> data) const {
  std::size_t replaced = 0;
  for (const Pattern& pattern : patterns_) {
    const auto size = static_cast<std::ptrdiff_t>(pattern.from.size());
    for (auto at = data.begin();; at += size) {
      at = std::search(at, data.end(), pattern.from.begin(), pattern.from.end());
      if (at == data.end()) break;
      std::copy(pattern.to.begin(), pattern.to.end(), at);
      ++replaced;
    }
  }
  return replaced;
}

}  // namespace mtkrig::traces
