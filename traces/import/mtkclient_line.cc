#include "traces/import/mtkclient_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <optional>

#include "traces/import/log_importer.h"
#include "traces/model/gap_reasons.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kMaxPrefix = 200;
constexpr std::string_view kBanner = "MTK Flash/Exploit Client";
constexpr std::string_view kLibrary = "[LIB]: ";
// Fewer digits in front of "..." may be a word.
constexpr std::size_t kFewDigits = 4;

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return HexValue(c) >= 0 || c == ' '; });
}

bool IsHexPayload(std::string_view payload) {
  if (!MarkedDigits(payload).empty()) return true;
  const auto digit = [](char c) {
    return HexValue(c) >= 0 || c == ' ';
  };
  const auto end = std::find_if_not(payload.begin(), payload.end(), digit);
  const auto digits = static_cast<std::size_t>(end - payload.begin());
  if (digits == payload.size()) return true;
  return digits > 0 && SaysCut(TrimBlanks(payload.substr(digits)));
}

// Takes the quotes from b'...', as Python shows bytes.
std::string_view Unquoted(std::string_view payload) {
  if (payload.size() < 3 || payload[0] != 'b') return payload;
  const char quote = payload[1];
  if ((quote != '\'' && quote != '"') || payload.back() != quote) return payload;
  return payload.substr(2, payload.size() - 3);
}

// Whether what stands behind TX: or RX: can be meant as bytes, though it is none of their forms:
// numbers, and bytes as Python shows them.
bool LooksLikeData(std::string_view payload) {
  const std::string_view text = TrimBlanks(payload);
  if (text.empty()) return false;
  if (text[0] == '\\' || StartsWith(text, "b'") || StartsWith(text, "b\"")) return true;
  const std::string_view word =
      text[0] == '[' || text[0] == '(' ? TrimBlanks(text.substr(1)) : text;
  const std::size_t digits = LeadingDigits(word);
  return word.substr(0, digits).find_first_of("0123456789") != std::string_view::npos;
}

std::optional<MtkclientLine> ParseTransfer(std::string_view text) {
  const std::string_view head = text.substr(0, kMaxPrefix);
  for (std::size_t at = head.find("X:"); at != std::string_view::npos;
       at = head.find("X:", at + 1)) {
    if (at == 0 || (head[at - 1] != 'T' && head[at - 1] != 'R')) continue;
    if (at > 1 && std::string_view(" \t]:->)'\"|").find(head[at - 2]) == std::string_view::npos) {
      continue;
    }
    MtkclientLine line;
    line.direction = head[at - 1] == 'T' ? Direction::kToPhone : Direction::kToHost;
    line.payload = text.substr(at + 2);
    const std::string_view front = head.substr(0, at - 1);
    line.logged = (front.size() >= kLibrary.size() &&
                   front.substr(front.size() - kLibrary.size()) == kLibrary) ||
                  (front.empty() && !line.payload.empty() && line.payload[0] != ' ') ||
                  LooksLikeData(line.payload);
    const std::string_view hex = Unquoted(TrimBlanks(line.payload));
    line.kind = IsHexPayload(hex) ? MtkclientKind::kHex : MtkclientKind::kText;
    if (line.kind == MtkclientKind::kHex) line.payload = hex;
    return line;
  }
  return std::nullopt;
}

// "USB echo: length(0x4)", "SERIAL read: length(0x1)".
std::optional<MtkclientLine> ParseAsked(std::string_view text) {
  constexpr std::string_view kLength = ": length(0x";
  const std::size_t at = text.find(kLength);
  if (at > kMaxPrefix) return std::nullopt;  // npos, too
  std::string_view digits = text.substr(at + kLength.size());
  auto length = TakeHexadecimal(digits);
  if (const std::size_t count = LeadingDigits(digits); !length && count > 0) {
    // More of them than 64 bits take: a length all the same, and one that nobody believes.
    length = std::numeric_limits<std::uint64_t>::max();
    digits.remove_prefix(count);
  }
  if (!length || !StartsWith(digits, ")")) return std::nullopt;
  MtkclientLine line;
  line.kind = MtkclientKind::kAsked;
  line.length = *length;
  line.serial = Contains(text.substr(0, at), "SERIAL ");
  return line;
}

// What the logger's name and level stand in front of.
std::string_view Message(std::string_view text) {
  const std::size_t at = text.substr(0, kMaxPrefix).find(kLibrary);
  return at == std::string_view::npos ? text : text.substr(at + kLibrary.size());
}

MtkclientKind KindOfMessage(std::string_view message) {
  if (StartsWith(message, "['  File") || StartsWith(message, "[\"  File") || message == "[]") {
    return MtkclientKind::kStack;
  }
  if (message == "Timed out") return MtkclientKind::kTimedOut;
  if (message == "Device disconnected") return MtkclientKind::kDisconnected;
  if (message == "USB Overflow") return MtkclientKind::kOverflow;
  if (StartsWith(message, "USBError(") || StartsWith(message, "USBTimeoutError(") ||
      StartsWith(message, "[Errno ")) {
    return MtkclientKind::kFailed;
  }
  return MtkclientKind::kOther;
}

// "Preloader - HW code: 0x6580": a name without blanks, and what it says.
bool IsNote(std::string_view text) {
  const std::size_t dash = text.find(" - ");
  if (dash == std::string_view::npos || dash == 0 || dash > 40) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(dash), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
  });
}

}  // namespace

std::size_t LeadingDigits(std::string_view text) {
  const auto end = std::find_if(text.begin(), text.end(), [](char c) { return HexValue(c) < 0; });
  return static_cast<std::size_t>(end - text.begin());
}

std::string MarkedDigits(std::string_view payload) {
  std::string digits;
  std::string_view rest = TrimBlanks(payload);
  const bool bracket = Take(rest, "[");
  while (!rest.empty() && !SaysCut(rest)) {
    if (bracket && rest == "]") return digits;
    if (!Take(rest, "0x") && !Take(rest, "0X")) return {};
    if (LeadingDigits(rest) != 2) return {};
    digits += rest.substr(0, 2);
    rest = TrimBlanks(rest.substr(2));
    if (Take(rest, ",")) rest = TrimBlanks(rest);
  }
  if (!digits.empty() && (!rest.empty() || bracket)) digits += "...";
  return digits;
}

std::string GapBehind(std::size_t size, std::uint64_t asked, bool missing) {
  if (asked > kMaxToldLength) return TooLongToBelieve(size, asked);
  if (missing && asked > 0) {
    return fmt::format(gaps::kLineCut, size, asked);
  }
  if (missing) {
    return fmt::format(gaps::kLineCutBehind, size);
  }
  if (size < asked) {
    return fmt::format(gaps::kFewerThanAsked, size, asked);
  }
  if (asked > 0 && size > asked) return fmt::format(gaps::kMoreThanAsked, size, asked);
  return {};
}

std::string GapOfUnread(std::uint64_t asked) {
  if (asked > kMaxToldLength) return TooLongToBelieve(0, asked);
  return fmt::format(gaps::kAskedAlone, asked);
}

bool BreaksOff(std::string_view text) {
  for (const std::string_view end : {"T", "R", "TX", "RX"}) {
    if (text.size() < kLibrary.size() + end.size()) continue;
    const std::string_view tail = text.substr(text.size() - kLibrary.size() - end.size());
    if (StartsWith(tail, kLibrary) && tail.substr(kLibrary.size()) == end) return true;
  }
  return false;
}

bool IsMtkclientLine(std::string_view text) {
  if (auto rest = text; TakeTime(rest).has_value()) text = TrimBlanks(rest);
  const MtkclientLine line = ParseMtkclientLine(text);
  const bool library = Contains(text.substr(0, kMaxPrefix), kLibrary);
  // Digits may stand on the next line, and a terminal may have broken this one within its mark.
  if (line.kind == MtkclientKind::kHex) return !line.payload.empty() || library;
  if (library && (line.kind == MtkclientKind::kAsked || BreaksOff(text))) return true;
  return line.kind == MtkclientKind::kText &&
         (StartsWith(line.payload, "<?xml") || StartsWith(line.payload, "&lt;?xml"));
}

MtkclientLine ParseMtkclientLine(std::string_view text) {
  MtkclientLine line;
  if (text.empty()) {
    line.kind = MtkclientKind::kBlank;
    return line;
  }
  if (const auto transfer = ParseTransfer(text); transfer.has_value()) return *transfer;
  const std::size_t digits = LeadingDigits(text);
  const bool cut_digits = digits >= kFewDigits && SaysCut(TrimBlanks(text.substr(digits)));
  if (IsDigits(text) || cut_digits) {
    line.kind = MtkclientKind::kDigits;
    line.payload = text;
    return line;
  }
  if (const auto asked = ParseAsked(text); asked.has_value()) return *asked;
  if (const std::size_t banner = text.find(kBanner); banner != std::string_view::npos) {
    line.kind = MtkclientKind::kStart;
    line.payload = TrimBlanks(text.substr(banner + kBanner.size()));
    return line;
  }
  line.kind = KindOfMessage(Message(text));
  const bool note = IsNote(text);
  // In logs/log.txt no name stands in front of the messages.
  if (line.kind == MtkclientKind::kOther && note) line.kind = MtkclientKind::kNote;
  if (note && KindOfMessage(text.substr(text.find(" - ") + 3)) != MtkclientKind::kOther) {
    line.kind = KindOfMessage(text.substr(text.find(" - ") + 3));
  }
  line.payload = text;
  return line;
}

}  // namespace mtkrig::traces
