#include "traces/import/strace_call.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace mtkrig::traces {
namespace {

// Threads of one program that wait in a call at the same time.
constexpr std::size_t kMaxUnfinished = 256;
constexpr std::size_t kMaxUnfinishedBytes = std::size_t{1} << 20;
constexpr std::string_view kUnfinished = "<unfinished ...>";
constexpr std::array<std::string_view, 4> kTransfers = {"read", "write", "readv", "writev"};
constexpr std::chrono::hours kLongest(24 * 365 * 50);
constexpr std::int64_t kFirstEpochSecond = 100'000'000;  // below: -r, or the seconds of an uptime

// "0.000123" from the front, as strace shows times: seconds and a fraction.
std::optional<Duration> TakeSeconds(std::string_view& text) {
  std::string_view rest = text;
  const auto seconds = TakeDecimal(rest);
  if (!seconds || *seconds > 4'000'000'000U || rest.size() < 2 || rest[0] != '.') {
    return std::nullopt;
  }
  rest.remove_prefix(1);
  std::int64_t nanoseconds = 0;
  std::int64_t unit = 100'000'000;
  std::size_t digits = 0;
  for (; digits < rest.size() && std::isdigit(static_cast<unsigned char>(rest[digits])) != 0;
       ++digits) {
    nanoseconds += unit * (rest[digits] - '0');
    unit /= 10;
  }
  if (digits == 0) return std::nullopt;
  text = rest.substr(digits);
  return std::chrono::seconds(*seconds) + Duration(nanoseconds);
}

// Takes "[pid 1234]" or "1234", and the time behind it. Returns the time since the line before,
// where that is what strace shows (-r).
Duration TakePrefix(std::string_view& text, StraceCall& call) {
  std::string_view rest = text;
  if (Take(rest, "[pid")) {
    rest = TrimBlanks(rest);
    const auto process = TakeDecimal(rest);
    if (process && Take(rest, "]")) {
      call.process = *process;
      text = TrimBlanks(rest);
    }
  } else if (const auto process = TakeDecimal(rest); process && StartsWith(rest, " ")) {
    call.process = *process;
    text = TrimBlanks(rest);
  }
  if (const auto time = TakeTime(text); time.has_value()) {
    call.time = time;
    text = TrimBlanks(text);
    return Duration::zero();
  }
  const auto seconds = TakeSeconds(text);
  if (!seconds) return Duration::zero();
  text = TrimBlanks(text);
  if (*seconds < std::chrono::seconds(kFirstEpochSecond)) {
    call.elapsed = Duration::zero();
    return *seconds;
  }
  call.time = LogTime{.time = *seconds};
  return Duration::zero();
}

std::string_view TakeName(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[length])) != 0 || text[length] == '_')) {
    ++length;
  }
  const std::string_view name = text.substr(0, length);
  text.remove_prefix(length);
  return name;
}

// One character of a string literal, which is not empty.
std::uint8_t TakeCharacter(std::string_view& text) {
  const auto first = static_cast<std::uint8_t>(text[0]);
  text.remove_prefix(1);
  if (first != '\\' || text.empty()) return first;
  const char kind = text[0];
  if (kind == 'x' && text.size() > 2 && HexValue(text[1]) >= 0 && HexValue(text[2]) >= 0) {
    const int value = HexValue(text[1]) * 16 + HexValue(text[2]);
    text.remove_prefix(3);
    return static_cast<std::uint8_t>(value);
  }
  if (kind >= '0' && kind <= '7') {
    unsigned value = 0;
    for (int i = 0; i < 3 && !text.empty() && text[0] >= '0' && text[0] <= '7'; ++i) {
      value = value * 8 + static_cast<unsigned>(text[0] - '0');
      text.remove_prefix(1);
    }
    return static_cast<std::uint8_t>(value);
  }
  text.remove_prefix(1);
  constexpr std::array<std::pair<char, char>, 6> kNamed = {
      {{'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'v', '\v'}, {'f', '\f'}, {'a', '\a'}}};
  for (const auto& [name, value] : kNamed) {
    if (kind == name) return static_cast<std::uint8_t>(value);
  }
  return static_cast<std::uint8_t>(kind);
}

// A literal whose opening quote was taken.
void TakeString(std::string_view& text, StraceParts& parts) {
  // Behind a string that was cut, the place of further bytes is not known.
  const bool keep = !parts.data_cut;
  parts.has_data = true;
  while (!text.empty() && text[0] != '"') {
    const std::uint8_t byte = TakeCharacter(text);
    if (keep) parts.data.push_back(byte);
  }
  if (!Take(text, "\"") || Take(text, "...")) parts.data_cut = true;
}

// "3", "3</dev/ttyACM0>", "3</dev/ttyACM0<char 166:0>>".
void TakeFile(std::string_view& text, std::optional<int>& file, std::string& path) {
  std::string_view rest = text;
  const auto number = TakeDecimal(rest);
  if (!number || *number > 1'000'000) return;
  file = static_cast<int>(*number);
  if (Take(rest, "<")) {
    path = rest.substr(0, rest.find_first_of("<>"));
    const std::size_t end = rest.find_first_of(",)");
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  }
  text = rest;
}

void TakeResult(std::string_view text, StraceParts& parts) {
  text = TrimBlanks(text);
  if (!Take(text, "=")) return;
  text = TrimBlanks(text);
  const bool negative = Take(text, "-");
  if (StartsWith(text, "0x")) {
    const auto value = TakeHexadecimal(text);
    if (!value || *value > 0x7fffffff) return;
    parts.has_result = true;
    parts.result = static_cast<std::int64_t>(*value);
  } else {
    std::optional<int> file;
    TakeFile(text, file, parts.result_path);
    const auto value = file.has_value() ? std::optional<std::uint64_t>(*file) : TakeDecimal(text);
    if (!value || *value > 0x7fffffff) return;
    parts.has_result = true;
    parts.result = static_cast<std::int64_t>(*value);
  }
  if (negative) {
    parts.result = -parts.result;
    text = TrimBlanks(text);
    parts.error = TakeName(text);
  }
  const std::size_t took = text.rfind('<');
  if (took == std::string_view::npos || text.back() != '>') return;
  std::string_view seconds = text.substr(took + 1);
  parts.took = TakeSeconds(seconds);
}

// Strings go into `parts`. What stands behind the parenthesis that ends them; nothing if none does.
std::string_view TakeArguments(std::string_view rest, StraceParts& parts) {
  int depth = 0;
  while (!rest.empty()) {
    const char c = rest[0];
    rest.remove_prefix(1);
    if (c == '"') {
      TakeString(rest, parts);
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ')') {
      if (depth <= 0) return rest;
      --depth;
    }
  }
  return {};
}

}  // namespace

void CleanStraceLine(std::string& text) {
  CleanLine(text, false);
  // In text copied from a page's source the quotes themselves are written so.
  if (!Contains(text, "&quot;")) return;
  DecodeEntities(text);
  CleanLine(text, false);
}

bool HoldsAnotherCall(std::string_view rest) {
  StraceParts ignored;
  const std::string_view behind = TakeArguments(rest, ignored);
  return std::any_of(kTransfers.begin(), kTransfers.end(), [&](std::string_view name) {
    const std::size_t at = behind.find(name);
    return at != std::string_view::npos && behind.substr(at + name.size(), 1) == "(";
  });
}

bool IsEndOfCall(std::string_view line) {
  return Contains(line, "\"") && Contains(line, ") = ");
}

bool IsEndOfTransferName(std::string_view name) {
  return std::any_of(kTransfers.begin(), kTransfers.end(), [&](std::string_view whole) {
    return !name.empty() && name.size() < whole.size() &&
           whole.substr(whole.size() - name.size()) == name;
  });
}

StraceParts ParseStraceCall(std::string_view rest) {
  StraceParts parts;
  TakeFile(rest, parts.file, parts.path);
  const std::string_view behind = TakeArguments(rest, parts);
  if (!behind.empty()) TakeResult(behind, parts);
  return parts;
}
std::optional<StraceCall> StraceCalls::Take(std::string_view line) {
  StraceCall call;
  const Duration step = TakePrefix(line, call);
  if (elapsed_ < kLongest) elapsed_ += step;
  if (call.elapsed.has_value()) call.elapsed = elapsed_;
  if (traces::Take(line, "<... ")) {
    const std::string_view name = TakeName(line);
    line = TrimBlanks(line);
    if (!traces::Take(line, "resumed>")) return std::nullopt;
    const auto begun = unfinished_.find(call.process);
    if (begun != unfinished_.end() && begun->second.name == name) {
      call.rest = std::move(begun->second.rest);
    } else {
      call.begins_late = true;
    }
    if (begun != unfinished_.end()) unfinished_.erase(begun);
    call.name = name;
    call.resumed = true;
    call.rest += line;
    return call;
  }
  call.name = TakeName(line);
  if (call.name.empty() || !traces::Take(line, "(")) return std::nullopt;
  const std::string_view arguments = TrimBlanks(line);
  if (arguments.size() >= kUnfinished.size() &&
      arguments.substr(arguments.size() - kUnfinished.size()) == kUnfinished) {
    const std::string_view kept =
        TrimBlanks(arguments.substr(0, arguments.size() - kUnfinished.size()));
    if (unfinished_.size() < kMaxUnfinished && kept.size() <= kMaxUnfinishedBytes) {
      call.rest = kept;
      unfinished_[call.process] = std::move(call);
    }
    return std::nullopt;
  }
  call.rest = arguments;
  return call;
}

}  // namespace mtkrig::traces
