// The oldest form: NAME 0xADDRESS, with a pair of braces after each (scatter files) or without
// (the OTA files made from them).

#include <fmt/format.h>

#include <algorithm>

#include "protocol/layout/address_space.h"
#include "protocol/layout/number.h"
#include "protocol/layout/scatter_raw.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol::scatter_internal {
namespace {

constexpr std::string_view kHiddenPrefix = "__NODL_";

std::string_view WithoutComment(std::string_view line) {
  for (const std::string_view mark : {"#", "//", ";"}) {
    const std::size_t at = line.find(mark);
    if (at != std::string_view::npos) line = line.substr(0, at);
  }
  return line;
}

bool IsSeparator(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || c == ':' || c == '=' || c == ',';
}

constexpr std::uint64_t kSectorBytes = 512;

bool BeginsAtSector(std::uint64_t address) {
  return address % kSectorBytes == 0 || IsTailAddress(address);
}

// "[name]" alone in its line.
bool IsSection(std::string_view line) {
  while (!line.empty() && static_cast<unsigned char>(line.front()) <= 0x20) line.remove_prefix(1);
  while (!line.empty() && static_cast<unsigned char>(line.back()) <= 0x20) line.remove_suffix(1);
  return line.size() > 2 && line.front() == '[' && line.back() == ']';
}

// A letter or underscore first: what begins with a digit is a line of some log.
bool IsName(std::string_view word) {
  const char first = ToLowerAscii(word.front());
  return (first >= 'a' && first <= 'z') || first == '_';
}

bool HasHexPrefix(std::string_view word) {
  return word.size() > 2 && word[0] == '0' && ToLowerAscii(word[1]) == 'x';
}

// "0x..." or at least five hexadecimal digits, so that "send ff" is no partition.
std::optional<std::uint64_t> ParseAddressColumn(std::string_view word) {
  constexpr std::size_t kMinDigits = 5;
  if (!HasHexPrefix(word) && word.size() < kMinDigits) return std::nullopt;
  return ParseHex(word);
}

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  std::size_t i = 0;
  while (i < line.size()) {
    if (IsSeparator(line[i])) {
      ++i;
      continue;
    }
    const std::size_t start = i;
    if (line[i] == '{' || line[i] == '}') {
      ++i;
    } else {
      while (i < line.size() && !IsSeparator(line[i]) && line[i] != '{' && line[i] != '}') ++i;
    }
    words.push_back(line.substr(start, i - start));
  }
  return words;
}

class PlainReader {
 public:
  void ReadLine(std::string_view line, int number) {
    if (IsSection(line)) {
      // "[huaqin]" and what vendors put behind it: check sums, versions.
      raw_.Warn(number, fmt::format("\"{}\" begins a vendor's section: what follows without braces "
                                    "is not taken for partitions",
                                    Printable(line)));
      in_section_ = true;
      return;
    }
    const std::string_view content = WithoutComment(line);
    if (Trim(content).empty()) WarnOfCommentedOut(line.substr(content.size()), number);
    const std::vector<std::string_view> words = Words(content);
    for (std::size_t i = 0; i < words.size();) {
      if (inner_) DecideInner(words[i] == "{");
      if (outer_) DecideOuter(words[i] == "{");
      if (words[i] == "{") {
        ++depth_;
        braces_ = true;
        ++i;
      } else if (words[i] == "}") {
        depth_ = depth_ > 0 ? depth_ - 1 : 0;
        ++i;
      } else {
        i += ReadEntry(words, i, number);
      }
    }
  }

  RawScatter Take() {
    if (inner_) DecideInner(false);
    if (outer_) DecideOuter(false);
    raw_.style = braces_ ? ScatterStyle::kPlain : ScatterStyle::kOta;
    if (depth_ > 0) raw_.Warn(0, "a brace at the end of the file is not closed");
    return std::move(raw_);
  }

 private:
  // "//MISC 0x3000" may be a remark or a partition that somebody took out: it is none either way,
  // but the one before it then reaches further than it did.
  void WarnOfCommentedOut(std::string_view comment, int number) {
    const std::vector<std::string_view> words =
        Words(comment.substr(std::min(comment.find_first_not_of("#/;"), comment.size())));
    const bool ends =
        words.size() == 2 || (words.size() == 3 && (words[2] == "{" || HasHexPrefix(words[2])));
    const bool entry = ends && IsName(words[0]) && HasHexPrefix(words[1]) && ParseHex(words[1]);
    if (!entry) return;
    raw_.Warn(number,
              fmt::format("\"{} {}\" is commented out: it is not taken for a partition, and "
                          "the one before it reaches to the next",
                          Printable(words[0]), Printable(words[1])));
  }

  // Returns how many words it used.
  std::size_t ReadEntry(const std::vector<std::string_view>& words, std::size_t at, int number) {
    const auto address = at + 1 < words.size() && IsName(words[at])
                             ? ParseAddressColumn(words[at + 1])
                             : std::optional<std::uint64_t>();
    if (!address) {
      raw_.Warn(number, fmt::format("\"{}\" is no NAME 0xADDRESS: ignored", Printable(words[at])));
      return words.size() - at;
    }
    if (words[at + 1].size() < 2 || ToLowerAscii(words[at + 1][1]) != 'x') {
      raw_.Warn(number, fmt::format("address \"{}\" has no 0x: read as hexadecimal",
                                    Printable(words[at + 1])));
    }
    RawPartition partition;
    partition.line = number;
    partition.name = words[at];
    partition.linear = address;
    partition.is_download = !partition.name.starts_with(kHiddenPrefix);
    std::size_t used = 2;
    if (at + 2 < words.size() && words[at + 2].starts_with("0")) {
      // A third column is no MediaTek format, but people add sizes by hand.
      partition.size = ParseHex(words[at + 2]);
      if (partition.size) ++used;
    }
    (depth_ > 0 ? inner_ : outer_) = std::move(partition);
    return used;
  }

  // A name and a number outside of braces: an entry, or the note of a vendor or a person. Files
  // without any braces (OTA) list nothing but entries, in any order; partitions begin at sectors.
  void DecideOuter(bool has_braces) {
    RawPartition partition = *std::move(outer_);
    outer_.reset();
    auto& partitions = raw_.CurrentBlock().partitions;
    const std::uint64_t address = partition.linear.value_or(0);
    const bool steps_back =
        braces_ && !partitions.empty() && address < partitions.back().linear.value_or(0);
    if (!has_braces && (in_section_ || !BeginsAtSector(address) || steps_back)) {
      raw_.Warn(partition.line,
                fmt::format("\"{} {}\" is not taken for a partition: it has no braces, and {}",
                            Printable(partition.name), FormatHex(address),
                            in_section_  ? "stands in a vendor's section"
                            : steps_back ? "lies before the entry in front of it"
                                         : "does not begin at a sector"));
      return;
    }
    if (has_braces) in_section_ = false;
    partitions.push_back(std::move(partition));
  }

  // A name and a number inside the braces of an entry: with braces of its own it is the next entry,
  // and those before it were not closed; without, it is something that a vendor or a person noted
  // about the entry it stands in.
  void DecideInner(bool has_braces) {
    if (!inner_) return;
    RawPartition partition = *std::move(inner_);
    inner_.reset();
    auto& partitions = raw_.CurrentBlock().partitions;
    if (has_braces) {
      raw_.Warn(partition.line, "the brace before this line is not closed");
      depth_ = 0;
      partitions.push_back(std::move(partition));
      return;
    }
    const std::string owner = partitions.empty()
                                  ? std::string("an entry")
                                  : fmt::format("{} (line {})", Printable(partitions.back().name),
                                                partitions.back().line);
    raw_.Warn(
        partition.line,
        fmt::format("\"{} {}\" stands inside the braces of {} and has none of its own: it is "
                    "not taken for a partition",
                    Printable(partition.name), FormatHex(partition.linear.value_or(0)), owner));
  }

  RawScatter raw_;
  // An entry inside the braces of another, until the next word tells what it is.
  std::optional<RawPartition> inner_;
  // The same outside of braces.
  std::optional<RawPartition> outer_;
  bool in_section_ = false;
  int depth_ = 0;
  bool braces_ = false;
};

}  // namespace

Result<RawScatter> ReadPlain(std::string_view text) {
  PlainReader reader;
  int number = 0;
  for (const std::string_view line : SplitLines(text)) reader.ReadLine(line, ++number);
  return reader.Take();
}

}  // namespace mtkrig::protocol::scatter_internal
