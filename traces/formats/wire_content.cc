#include "traces/formats/wire_content.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "traces/formats/wire_text.h"
#include "traces/model/event.h"

namespace mtkrig::traces {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kBlank = " \t\r\n";
// How much of a line that is cut tells what it is: times, and the word behind them.
constexpr std::size_t kTellingBytes = 256;

std::string_view TextOf(ByteSpan head) {
  std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

std::string_view FirstWord(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t"));
}

// Whether `word` is one that may follow ">" or "<".
bool IsTransferWord(std::string_view word) {
  constexpr std::array<std::string_view, 7> kWords = {"setup", "data", "other", "empty",
                                                      "any",   "text", "!"};
  const auto is_digit = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  if (word.empty() || word[0] == '#' || word[0] == '"' || word.starts_with("...")) return true;
  if (word.starts_with("ep")) return true;
  if (std::find(kWords.begin(), kWords.end(), word) != kWords.end()) return true;
  return word.size() % 2 == 0 && std::all_of(word.begin(), word.end(), is_digit);
}

bool IsTransferLine(std::string_view line) {
  return (line.starts_with('>') || line.starts_with('<')) &&
         IsTransferWord(FirstWord(Trim(line.substr(1))));
}

// "@ phase handshake"; not the name of somebody whom a report speaks to.
bool IsDirective(std::string_view line) {
  constexpr std::array<std::string_view, 14> kKeywords = {
      "wire", "phase", "comment", "gap",  "attach", "detach", "repeat",
      "end",  "start", "moniker", "chip", "tool",   "seed",   "about"};
  if (!line.starts_with('@')) return false;
  const std::string_view keyword = FirstWord(Trim(line.substr(1)));
  return std::find(kKeywords.begin(), kKeywords.end(), keyword) != kKeywords.end();
}

// "! stall"
bool IsFailure(std::string_view line) {
  constexpr std::array<std::string_view, 5> kFailures = {"timeout", "stall", "disconnected",
                                                         "cancelled", "line"};
  if (!line.starts_with('!')) return false;
  const std::string_view failure = FirstWord(Trim(line.substr(1)));
  return std::find(kFailures.begin(), kFailures.end(), failure) != kFailures.end();
}

// What stands behind "[+1ms ~20us]"; nothing if that is not what `line` begins with.
std::optional<std::string_view> BehindTime(std::string_view line) {
  if (!line.starts_with('[')) return std::nullopt;
  const std::string_view time = Trim(line.substr(1));
  const std::size_t end = time.find(']');
  if (time.empty() || end == std::string_view::npos) return std::nullopt;
  if (std::string_view("+-~]").find(time[0]) == std::string_view::npos) return std::nullopt;
  return Trim(time.substr(end + 1));
}

enum class Likeness : std::uint8_t { kOther, kPossible, kCertain };

// Of a line that is not blank, without its indentation.
Likeness LikenessOf(std::string_view line) {
  if (line[0] == '#') return Likeness::kPossible;
  if (IsDirective(line)) return line.starts_with("@ ") ? Likeness::kCertain : Likeness::kPossible;
  if (const auto behind = BehindTime(line); behind.has_value()) {
    // In front of the bare word "[]" of a log stands nothing.
    if (behind->empty()) return Likeness::kOther;
    const bool transfer = IsTransferLine(*behind) || IsFailure(*behind);
    if (transfer && line[1] != ']') return Likeness::kCertain;
    const bool begins = std::string_view("#@").find(behind->front()) != std::string_view::npos;
    return transfer || begins ? Likeness::kPossible : Likeness::kOther;
  }
  return IsTransferLine(line) || IsFailure(line) ? Likeness::kPossible : Likeness::kOther;
}

// Of a line of which only the beginning is there, which may end in the middle of a byte.
Likeness LikenessOfCut(std::string_view line) {
  return std::max(LikenessOf(line), LikenessOf(line.substr(0, line.size() - 1)));
}

}  // namespace

bool LooksLikeWire(ByteSpan head) {
  const std::string_view text = TextOf(head);
  const std::size_t first = text.find_first_not_of(kBlank);
  return first != std::string_view::npos &&
         std::string_view("#@<>![").find(text[first]) != std::string_view::npos &&
         text.find('\0') == std::string_view::npos;
}

bool HasWireLines(ByteSpan head, bool whole) {
  std::string_view text = TextOf(head);
  bool all = true;
  bool any = false;
  bool in_transfer = false;  // which indented lines go on with
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const bool cut = end == std::string_view::npos && !whole;
    if (cut && text.size() < kTellingBytes) break;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const bool indented = line.starts_with(' ') || line.starts_with('\t');
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = Trim(line);
    if (line.empty() || (indented && in_transfer)) continue;
    // Less than two bytes are left of a long line of blanks.
    if (cut && line.size() < 2) break;
    const Likeness likeness = indented ? Likeness::kOther
                              : cut    ? LikenessOfCut(line)
                                       : LikenessOf(line);
    if (likeness == Likeness::kCertain) return true;
    all = all && likeness == Likeness::kPossible;
    // Logs have headings, too: one that fills the head tells nothing of what stands below.
    any = any || !cut || line[0] != '#';
    in_transfer = IsTransferLine(BehindTime(line).value_or(line));
  }
  return all && any;
}

}  // namespace mtkrig::traces
