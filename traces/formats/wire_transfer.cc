#include "traces/formats/wire_transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "traces/formats/event_checks.h"
#include "traces/formats/text_escape.h"
#include "traces/formats/wire_text.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kSetupBytes = 8;
constexpr std::uint8_t kBulkEndpoint = 1;
constexpr std::string_view kDigestPrefix = "sha256:";
constexpr std::array<Failure, 5> kFailures = {Failure::kTimeout, Failure::kStall,
                                              Failure::kDisconnected, Failure::kCancelled,
                                              Failure::kLine};

constexpr std::array<std::int8_t, 256> HexDigits() {
  std::array<std::int8_t, 256> digits{};
  for (std::size_t c = 0; c < digits.size(); ++c) {
    digits[c] = -1;
    if (c >= '0' && c <= '9') digits[c] = static_cast<std::int8_t>(c - '0');
    if (c >= 'a' && c <= 'f') digits[c] = static_cast<std::int8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') digits[c] = static_cast<std::int8_t>(c - 'A' + 10);
  }
  return digits;
}

int HexDigit(char c) {
  static constexpr std::array<std::int8_t, 256> kDigits = HexDigits();
  return kDigits[static_cast<unsigned char>(c)];
}

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

// Appends what the word says; false, and nothing is appended, if it is not two hex digits a byte.
bool AppendHex(std::string_view word, std::vector<std::uint8_t>& bytes) {
  const std::size_t size = bytes.size();
  bool good = !word.empty() && word.size() % 2 == 0;
  for (std::size_t i = 0; good && i < word.size(); i += 2) {
    const int high = HexDigit(word[i]);
    const int low = HexDigit(word[i + 1]);
    good = high >= 0 && low >= 0;
    if (good) bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  if (!good) bytes.resize(size);
  return good;
}

bool EndsWord(char c) {
  return c == ' ' || c == '\t' || c == '#' || c == '"';
}

// A word as messages show it: a file of another kind may have very long ones.
std::string Shown(std::string_view word) {
  constexpr std::size_t kMaxShown = 40;
  const bool cut = word.size() > kMaxShown;
  return fmt::format("'{}{}'", EscapeText(word.substr(0, kMaxShown)), cut ? "..." : "");
}

std::string TooLong() {
  return fmt::format("more than {} MiB in one transfer", kMaxEventBytes / 1024 / 1024);
}

}  // namespace

std::optional<WireWords> SplitWords(std::string_view line) {
  constexpr std::size_t kUsualWords = 20;
  WireWords split;
  split.words.reserve(kUsualWords);
  std::size_t at = 0;
  while (at < line.size()) {
    const char c = line[at];
    if (c == ' ' || c == '\t') {
      ++at;
    } else if (c == '#') {
      split.commented = true;
      split.comment = Trim(line.substr(at + 1));
      break;
    } else if (c == '"') {
      std::size_t end = at + 1;
      while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
      if (end >= line.size()) return std::nullopt;
      split.words.push_back({line.substr(at + 1, end - at - 1), true});
      at = end + 1;
    } else {
      std::size_t end = at + 1;
      while (end < line.size() && !EndsWord(line[end])) ++end;
      split.words.push_back({line.substr(at, end - at), false});
      at = end;
    }
  }
  return split;
}

WireTransfer::WireTransfer(Direction direction) {
  event_.direction = direction;
}

const WireWord* WireTransfer::NextWord() {
  return next_ < words_->size() ? &(*words_)[next_++] : nullptr;
}

void WireTransfer::TakeBytes(std::string_view& line) {
  const bool may_stand = part_ == Part::kEndpoint || part_ == Part::kKind || part_ == Part::kData;
  if (!may_stand || empty_) return;
  std::vector<std::uint8_t>& bytes = event_.bytes.Own();
  const std::size_t before = bytes.size();
  std::size_t at = 0;
  for (std::size_t next = 0; bytes.size() < kMaxEventBytes; at = next) {
    while (next < line.size() && IsBlank(line[next])) ++next;
    if (next + 2 > line.size()) break;
    const int high = HexDigit(line[next]);
    const int low = HexDigit(line[next + 1]);
    next += 2;
    if (high < 0 || low < 0 || (next < line.size() && !IsBlank(line[next]))) break;
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  line.remove_prefix(at);
  if (bytes.size() == before) return;
  part_ = Part::kData;
  item_ = 1;
  has_data_ = true;
}

std::optional<std::string> WireTransfer::Take(const std::vector<WireWord>& words) {
  words_ = &words;
  next_ = 0;
  while (next_ < words.size()) {
    if (auto wrong = TakeWord(); wrong.has_value()) return wrong;
  }
  return std::nullopt;
}

std::optional<std::string> WireTransfer::TakeWord() {
  const WireWord& word = (*words_)[next_++];
  const std::string_view text = word.quoted ? std::string_view() : word.text;
  if (text == "!" && part_ != Part::kSetup && part_ != Part::kEnd) return TakeFailure();
  switch (part_) {
    case Part::kEndpoint:
      part_ = Part::kKind;
      if (text.substr(0, 2) == "ep") {
        const auto number = ParseNumber(text.substr(2));
        if (!number.has_value() || *number > 15) {
          return fmt::format("ep0 to ep15 expected, not {}", Shown(text));
        }
        event_.endpoint = static_cast<std::uint8_t>(*number);
        return std::nullopt;
      }
      [[fallthrough]];
    case Part::kKind:
      if (text == "setup") {
        event_.kind = EventKind::kControl;
        part_ = Part::kSetup;
        return std::nullopt;
      }
      part_ = Part::kData;
      if (text == "other") {
        event_.kind = EventKind::kOther;
        return std::nullopt;
      }
      return TakeData(word);
    case Part::kSetup:
      if (word.quoted) return "8 bytes in hex expected behind 'setup', not text";
      return TakeSetup(text);
    case Part::kData:
      return TakeData(word);
    case Part::kTail:
      return TakeDigest(word.text);
    case Part::kEnd:
      return fmt::format("nothing can follow the failure, but {} does", Shown(word.text));
  }
  return std::nullopt;
}

std::optional<std::string> WireTransfer::TakeSetup(std::string_view word) {
  if (word == "unknown" && event_.setup.empty()) {
    part_ = Part::kData;
  } else {
    if (!AppendHex(word, event_.setup) || event_.setup.size() > kSetupBytes) {
      return fmt::format("8 bytes in hex expected behind 'setup', not {}", Shown(word));
    }
    if (event_.setup.size() < kSetupBytes) return std::nullopt;
    part_ = Part::kData;
  }
  if (next_ < words_->size() && (*words_)[next_].text == "data") {
    ++next_;
  } else if (next_ < words_->size() && (*words_)[next_].text != "!") {
    return fmt::format("'data' or '!' expected behind the set-up, not {}",
                       Shown((*words_)[next_].text));
  }
  return std::nullopt;
}

std::optional<std::string> WireTransfer::TakeData(const WireWord& word) {
  if (empty_) return fmt::format("nothing but '!' can follow 'empty', not {}", Shown(word.text));
  if (word.quoted) {
    const auto text = UnescapeText(word.text);
    if (!text.has_value()) return fmt::format("an unknown escape in {}", Shown(word.text));
    return Append(std::vector<std::uint8_t>(text->begin(), text->end()));
  }
  if (word.text == "any") return TakeAny();
  if (word.text == "...") return TakeCut();
  if (word.text == "empty" && !has_data_) {
    empty_ = true;
    return std::nullopt;
  }
  if (word.text[0] == 'x') return Repeat(word.text.substr(1));
  // Words are at most as long as lines, which have their own limit.
  if (event_.bytes.size() >= kMaxEventBytes) return TooLong();
  const std::size_t size = event_.bytes.size();
  if (!AppendHex(word.text, event_.bytes.Own())) {
    return fmt::format("two hex digits a byte expected, not {}", Shown(word.text));
  }
  if (event_.bytes.size() > kMaxEventBytes) return TooLong();
  item_ = event_.bytes.size() - size;
  has_data_ = true;
  return std::nullopt;
}

std::optional<std::string> WireTransfer::Append(ByteSpan bytes) {
  if (bytes.size() > kMaxEventBytes - event_.bytes.size()) return TooLong();
  event_.bytes.insert(event_.bytes.end(), bytes.begin(), bytes.end());
  item_ = bytes.size();
  has_data_ = true;
  return std::nullopt;
}

std::optional<std::string> WireTransfer::TakeAny() {
  const WireWord* const word = NextWord();
  const auto count = word != nullptr ? ParseNumber(word->text) : std::nullopt;
  if (!count.has_value() || *count == 0) return "a number of bytes expected behind 'any'";
  if (*count > kMaxEventBytes - event_.bytes.size()) return TooLong();
  const std::uint64_t offset = event_.bytes.size();
  event_.bytes.resize(event_.bytes.size() + *count);
  item_ = 0;
  has_data_ = true;
  // Two marks in a row are one, so that a trace reads back as it was written.
  if (!event_.any.empty() && event_.any.back().offset + event_.any.back().length == offset) {
    event_.any.back().length += *count;
    return std::nullopt;
  }
  if (event_.any.size() == kMaxAnyRanges) {
    return fmt::format("more than {} any-bytes marks in one transfer", kMaxAnyRanges);
  }
  event_.any.push_back({.offset = offset, .length = *count});
  return std::nullopt;
}

std::optional<std::string> WireTransfer::Repeat(std::string_view count) {
  const auto times = ParseNumber(count);
  if (!times.has_value() || *times == 0) {
    return fmt::format("a count expected behind 'x', not {}", Shown(count));
  }
  if (item_ == 0) return "'x' repeats bytes, and must follow some";
  const std::size_t size = event_.bytes.size();
  if (*times - 1 > (kMaxEventBytes - size) / item_) return TooLong();
  const std::size_t total = item_ * *times;
  std::vector<std::uint8_t>& bytes = event_.bytes.Own();
  bytes.resize(size - item_ + total);
  // What is there is copied behind itself, twice as much each time.
  const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(size - item_);
  for (std::size_t made = item_; made < total;) {
    const std::size_t more = std::min(made, total - made);
    std::copy_n(first, more, first + static_cast<std::ptrdiff_t>(made));
    made += more;
  }
  item_ = 0;
  return std::nullopt;
}

std::optional<std::string> WireTransfer::TakeCut() {
  const WireWord* const word = NextWord();
  const auto length = word != nullptr ? ParseNumber(word->text) : std::nullopt;
  if (!length.has_value()) return "the length of the whole transfer expected behind '...'";
  if (*length > kMaxTransferLength) {
    return fmt::format(
        "{} bytes in one transfer, where {} MiB are the most: write several transfers, as in '< "
        "... "
        "{}' between '@ repeat N' and '@ end'",
        *length, kMaxTransferLength >> 20, kMaxTransferLength);
  }
  if (*length <= event_.bytes.size()) {
    return fmt::format("the whole length behind '...' must be more than the {} bytes in front",
                       event_.bytes.size());
  }
  event_.length = *length;
  has_data_ = true;
  part_ = Part::kTail;
  return std::nullopt;
}

std::optional<std::string> WireTransfer::TakeDigest(std::string_view word) {
  if (!event_.digest.empty() || word.find(':') == std::string_view::npos) {
    return fmt::format("only sha256:DIGEST, or '!' and a failure, can follow here, not {}",
                       Shown(word));
  }
  if (word.substr(0, kDigestPrefix.size()) == kDigestPrefix) {
    event_.digest = word.substr(kDigestPrefix.size());
    if (event_.digest.find(':') == std::string::npos && IsDigest(event_.digest))
      return std::nullopt;
    return "64 lower-case hex digits expected behind 'sha256:'";
  }
  event_.digest = word;
  if (!IsDigest(event_.digest)) {
    return fmt::format("a digest such as sha256:... in lower-case hex digits expected, not {}",
                       Shown(word));
  }
  return std::nullopt;
}

std::optional<std::string> WireTransfer::TakeFailure() {
  part_ = Part::kEnd;
  const WireWord* const word = NextWord();
  for (const Failure failure : kFailures) {
    if (word == nullptr || word->text != FailureName(failure)) continue;
    event_.failure = failure;
    if (event_.kind == EventKind::kBytes) {
      event_.kind = EventKind::kFailure;
    } else {
      event_.failed = true;
    }
    return std::nullopt;
  }
  return "timeout, stall, disconnected, cancelled or line expected behind '!'";
}

std::optional<std::string> WireTransfer::Finish() {
  if (part_ == Part::kSetup) {
    return fmt::format("8 bytes of set-up expected, {} are there", event_.setup.size());
  }
  if (event_.kind == EventKind::kBytes && !has_data_ && !empty_) {
    return "no data: bytes in hex, text in quotes, any N or empty expected";
  }
  if (event_.length == 0) event_.length = event_.bytes.size();
  const bool bulk = event_.kind == EventKind::kBytes || event_.kind == EventKind::kFailure;
  if (bulk && event_.endpoint == 0) event_.endpoint = kBulkEndpoint;
  return std::nullopt;
}

}  // namespace mtkrig::traces
