#include "traces/formats/wire_lines.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "traces/formats/wire_text.h"

namespace mtkrig::traces {
namespace {

// What recorders write in front, and people do not.
constexpr std::string_view kToolFact = "@ tool ";

constexpr std::size_t kUsualLine = std::size_t{16} * 1024;
constexpr std::size_t kMaxLine = std::size_t{1024} * 1024;
constexpr std::size_t kMaxBlockLines = 10'000;
constexpr std::size_t kMaxBlockText = std::size_t{4} * 1024 * 1024;
// What all repetitions of a file may make of it: a short file must not keep its reader for ever.
// 32 GiB are read in fewer transfers of 16 KiB with their acks.
constexpr std::uint64_t kMaxRepeatedLines = std::uint64_t{16} * 1024 * 1024;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// What follows "@ KEYWORD", without comment, trimmed; nothing for any other line.
std::optional<std::string_view> Behind(std::string_view line, std::string_view keyword) {
  line = Trim(line.substr(0, line.find('#')));
  if (line.empty() || line[0] != '@') return std::nullopt;
  line = Trim(line.substr(1));
  if (line.substr(0, keyword.size()) != keyword) return std::nullopt;
  line.remove_prefix(keyword.size());
  if (!line.empty() && line[0] != ' ' && line[0] != '\t') return std::nullopt;
  return Trim(line);
}

// Whether the line begins a transfer, with a time in front or without.
bool IsTransfer(std::string_view line) {
  line = Trim(line);
  if (!line.empty() && line[0] == '[') {
    const std::size_t end = line.find(']');
    line = end == std::string_view::npos ? std::string_view() : Trim(line.substr(end + 1));
  }
  return !line.empty() && std::string_view("<>!").find(line[0]) != std::string_view::npos;
}

}  // namespace

bool WireLine::continues() const {
  if (text.empty() || (text[0] != ' ' && text[0] != '\t')) return false;
  const std::string_view trimmed = Trim(text);
  // An indented line of any other kind is that line.
  return !trimmed.empty() && std::string_view("#@<>[").find(trimmed[0]) == std::string_view::npos;
}

WireLines::WireLines(std::unique_ptr<ByteSource> source, std::string name)
    : input_(std::move(source)), name_(std::move(name)) {}

Result<std::optional<WireLine>> WireLines::Next() {
  if (!ahead_.has_value()) return NextExpanded();
  Result<std::optional<WireLine>> line = *std::move(ahead_);
  ahead_.reset();
  return line;
}

const WireLine* WireLines::Peek() {
  if (!ahead_.has_value()) ahead_ = NextExpanded();
  const Result<std::optional<WireLine>>& line = *ahead_;
  return line && line->has_value() ? &**line : nullptr;
}

Result<std::optional<WireLine>> WireLines::NextExpanded() {
  while (true) {
    if (in_block_ == block_.size() && rounds_left_ > 0) {
      --rounds_left_;
      in_block_ = 0;
    }
    if (in_block_ < block_.size()) return std::optional(block_[in_block_++]);
    TRY_ASSIGN(std::optional<WireLine> line, NextOfFile());
    if (!line.has_value()) return line;
    if (Behind(line->text, "end").has_value()) return Wrong(*line, "'@ end' without '@ repeat'");
    const auto count = Behind(line->text, "repeat");
    if (!count.has_value()) return line;
    TRY(BeginRepeat(*line, *count));
  }
}

Result<void> WireLines::BeginRepeat(const WireLine& line, std::string_view count) {
  const auto rounds = ParseNumber(count);
  if (!rounds.has_value() || *rounds == 0 || *rounds > kMaxRepeatedLines) {
    return Wrong(line,
                 fmt::format("a count from 1 to {} expected behind '@ repeat'", kMaxRepeatedLines));
  }
  block_.clear();
  in_block_ = 0;
  std::size_t text_bytes = 0;
  bool transfers = false;
  while (true) {
    TRY_ASSIGN(std::optional<WireLine> next, NextOfFile());
    if (!next.has_value()) return Wrong(line, "no '@ end' closes this '@ repeat'");
    if (Behind(next->text, "end").has_value()) break;
    if (Behind(next->text, "repeat").has_value()) {
      return Wrong(*next, "a repetition inside a repetition");
    }
    text_bytes += next->text.size();
    if (block_.size() == kMaxBlockLines || text_bytes > kMaxBlockText) {
      return Wrong(line, fmt::format("more than {} lines, or {} MiB, to repeat", kMaxBlockLines,
                                     kMaxBlockText / 1024 / 1024));
    }
    transfers = transfers || IsTransfer(next->text);
    next->repeated_by = line.number;
    block_.push_back(*std::move(next));
  }
  // Nothing would come of going through it millions of times.
  if (!transfers) return Wrong(line, "a repetition without a transfer");
  TRY(CountRepeated(line, *rounds));
  rounds_left_ = *rounds - 1;
  return Ok();
}

Result<void> WireLines::CountRepeated(const WireLine& line, std::uint64_t rounds) {
  // Neither factor has more than 24 bits.
  repeated_lines_ += rounds * block_.size();
  if (repeated_lines_ <= kMaxRepeatedLines) return Ok();
  return Wrong(line, fmt::format("the repetitions of this file make {} lines, of which {} are the "
                                 "most",
                                 repeated_lines_, kMaxRepeatedLines));
}

Result<std::optional<WireLine>> WireLines::NextOfFile() {
  WireLine line;
  line.number = ++lines_;
  line.offset = input_.offset();
  std::size_t look = kUsualLine;
  while (true) {
    TRY_ASSIGN(const ByteSpan bytes, input_.Peek(look));
    if (bytes.empty()) return std::optional<WireLine>();
    const void* const found = std::memchr(bytes.data(), '\n', bytes.size());
    const auto end = found == nullptr
                         ? bytes.end()
                         : bytes.begin() + (static_cast<const std::uint8_t*>(found) - bytes.data());
    const auto length = static_cast<std::size_t>(end - bytes.begin());
    if (length > kMaxLine || (end == bytes.end() && bytes.size() >= kMaxLine)) {
      return Wrong(line, fmt::format("longer than {} MiB", kMaxLine / 1024 / 1024));
    }
    if (end == bytes.end() && bytes.size() >= look) {
      look *= 4;
      continue;
    }
    if (end == bytes.end() && (input_.cut_short() || recorded_)) {
      // The rest of the line is missing: what is there may read as another line.
      cut_in_line_ = true;
      input_.Skip(length);
      return std::optional<WireLine>();
    }
    line.text.assign(bytes.begin(), end);
    input_.Skip(length + 1);
    break;
  }
  if (!line.text.empty() && line.text.back() == '\r') line.text.pop_back();
  if (line.number == 1 && std::string_view(line.text).substr(0, 3) == kByteOrderMark) {
    line.text.erase(0, kByteOrderMark.size());
  }
  if (line.text.starts_with(kToolFact)) recorded_ = true;
  return std::optional(std::move(line));
}

Error WireLines::Wrong(const WireLine& line, const std::string& what) const {
  return Error(ErrorCode::kInvalidInput, fmt::format("{}:{}: {}", name_, line.number, what))
      .AtOffset(line.offset);
}

}  // namespace mtkrig::traces
