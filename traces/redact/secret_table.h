#pragma once

// SecretTable: what tells one phone, or its owner, from others, and what stands in its place. The
// same secret has the same substitute in every form in which it may occur: its bytes, its 32-bit
// words turned round (as stage 1 of the legacy agent sends a CID), all of it turned round, and as
// hex digits or text, in ASCII and UTF-16. In texts for people also as spelled_bytes.h has it,
// turned round by words of 64 bits, and in pieces of eight bytes.
//
// Substitutes are made from the order in which the secrets came, not from the secrets: nothing of
// them can be found out, and the same recording gives the same result each time.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.h"
#include "traces/redact/byte_forms.h"

namespace mtkrig::traces {

using protocol::ByteSpan;

// A secret is looked for elsewhere from this length on, and if it has this many different bytes;
// what is shorter or plainer occurs by chance.
inline constexpr std::size_t kShortestSearched = 6;
inline constexpr std::size_t kFewestDifferent = 4;
inline constexpr std::size_t kLongestSearched = 256;
inline constexpr std::size_t kLongestSecret = 4096;
// A table of partitions has some hundred GUIDs.
inline constexpr std::size_t kMaxSecrets = 1024;

class SecretTable {
 public:
  struct Pattern {
    std::vector<std::uint8_t> from;
    std::vector<std::uint8_t> to;  // as long
  };

  // What stands for `value`, which is of one phone. What is all 00 or all ff says nothing, and
  // stays. Values beyond the limits above become zeros.
  std::vector<std::uint8_t> Substitute(ByteSpan value);
  // The same for one that Substitute() was given before, in any form; nothing for others.
  std::optional<std::vector<std::uint8_t>> Find(ByteSpan value) const;
  // The same for a serial number or another text of ASCII letters and digits. An IMEI becomes
  // another one.
  std::string SubstituteText(std::string_view text);
  // The same for decimal digits that are to stay such, as those of an IMEI; of 15 the last one is
  // the check digit.
  std::string SubstituteDigits(std::string_view digits);
  // The same for one that either was given before; for others what says nothing.
  std::string FindText(std::string_view text) const;
  std::string FindDigits(std::string_view digits) const;

  // The forms that are looked for.
  const std::vector<Pattern>& patterns() const { return patterns_; }
  std::size_t longest() const { return longest_; }
  // Distinct secrets.
  std::size_t count() const { return count_; }

  // Replaces what occurs in a text for people: texts in either case, and bytes however they are
  // spelled (spelled_bytes.h). Returns how many it replaced. Takes linear time.
  std::size_t ReplaceIn(std::string& text) const;
  // Replaces what occurs in short data, such as that of a control transfer.
  std::size_t ReplaceIn(std::span<std::uint8_t> data) const;

 private:
  void AddPattern(std::vector<std::uint8_t> from, std::vector<std::uint8_t> to);
  void AddSpelled(ByteSpan from, ByteSpan to);
  void AddPieces(ByteSpan from, ByteSpan to);
  std::string AddText(std::string_view text, std::string made);
  std::size_t ReplaceTexts(std::string& text) const;

  std::map<std::string, std::vector<std::uint8_t>> substitutes_;  // by the bytes
  std::map<std::string, std::string, std::less<>> texts_;
  std::vector<Pattern> patterns_;
  ByteForms spelled_;   // for texts
  ByteForms any_case_;  // texts in small letters
  std::size_t longest_ = 0;
  std::size_t count_ = 0;
};

}  // namespace mtkrig::traces
