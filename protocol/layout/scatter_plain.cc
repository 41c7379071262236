// The oldest form: NAME 0xADDRESS, with a pair of braces after each (scatter files) or without
// (the OTA files made from them).

#include <fmt/format.h>

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

// A letter or underscore first: what begins with a digit is a line of some log.
bool IsName(std::string_view word) {
  const char first = ToLowerAscii(word.front());
  return (first >= 'a' && first <= 'z') || first == '_';
}

// "0x..." or at least five hexadecimal digits, so that "send ff" is no partition.
std::optional<std::uint64_t> ParseAddressColumn(std::string_view word) {
  constexpr std::size_t kMinDigits = 5;
  const bool prefixed = word.size() > 2 && word[0] == '0' && ToLowerAscii(word[1]) == 'x';
  if (!prefixed && word.size() < kMinDigits) return std::nullopt;
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
    const std::vector<std::string_view> words = Words(WithoutComment(line));
    for (std::size_t i = 0; i < words.size();) {
      if (inner_) DecideInner(words[i] == "{");
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
    raw_.style = braces_ ? ScatterStyle::kPlain : ScatterStyle::kOta;
    if (depth_ > 0) raw_.Warn(0, "a brace at the end of the file is not closed");
    return std::move(raw_);
  }

 private:
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
    if (depth_ > 0) {
      inner_ = std::move(partition);
    } else {
      raw_.CurrentBlock().partitions.push_back(std::move(partition));
    }
    return used;
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
