#include "traces/import/log_lines.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mtkrig::traces {
namespace {

constexpr std::size_t kUsualLine = std::size_t{16} * 1024;
constexpr std::size_t kChunk = std::size_t{64} * 1024;

bool BeginsWith(ByteSpan bytes, ByteSpan mark) {
  return bytes.size() >= mark.size() && std::equal(mark.begin(), mark.end(), bytes.begin());
}

}  // namespace

LogLines::LogLines(std::unique_ptr<ByteSource> source) : input_(std::move(source)) {}

Result<void> LogLines::FindEncoding() {
  constexpr std::array<std::uint8_t, 3> kUtf8 = {0xef, 0xbb, 0xbf};
  constexpr std::array<std::uint8_t, 2> kLittle = {0xff, 0xfe};
  constexpr std::array<std::uint8_t, 2> kBig = {0xfe, 0xff};
  begun_ = true;
  TRY_ASSIGN(const ByteSpan head, input_.Peek(kUtf8.size()));
  if (BeginsWith(head, kUtf8)) {
    input_.Skip(kUtf8.size());
  } else if (BeginsWith(head, kLittle) || BeginsWith(head, kBig)) {
    unit_ = 2;
    big_endian_ = BeginsWith(head, kBig);
    input_.Skip(unit_);
  }
  return Ok();
}

// What a log says in transfers is ASCII. All else only has to stay one character.
void LogLines::Append(ByteSpan bytes, std::string& text) const {
  if (unit_ == 1) {
    text.append(bytes.begin(), bytes.end());
    return;
  }
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const std::uint8_t low = bytes[big_endian_ ? i + 1 : i];
    const std::uint8_t high = bytes[big_endian_ ? i : i + 1];
    text += high == 0 && low < 0x80 ? static_cast<char>(low) : '?';
  }
}

// Offset of the line end at or behind `from`, or the number of bytes that hold none.
std::size_t LogLines::FindEnd(ByteSpan bytes, std::size_t from) const {
  if (unit_ == 1) {
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(from);
    return static_cast<std::size_t>(std::find(begin, bytes.end(), std::uint8_t{'\n'}) -
                                    bytes.begin());
  }
  for (std::size_t i = from; i + 1 < bytes.size(); i += 2) {
    const bool end =
        big_endian_ ? bytes[i] == 0 && bytes[i + 1] == '\n' : bytes[i] == '\n' && bytes[i + 1] == 0;
    if (end) return i;
  }
  return bytes.size() / 2 * 2;
}

Result<bool> LogLines::Next(LogLine& line) {
  if (!begun_) TRY(FindEncoding());
  line.text.clear();
  line.cut = false;
  line.unended = false;
  line.at = {.line = lines_ + 1, .offset = input_.offset()};
  std::size_t look = kUsualLine;
  bool any = false;
  while (true) {
    TRY_ASSIGN(const ByteSpan bytes, input_.Peek(look));
    if (bytes.size() < unit_) {
      input_.Skip(bytes.size());
      line.unended = any;
      break;
    }
    any = true;
    const std::size_t end = FindEnd(bytes, 0);
    const std::size_t room = (kMaxLogLine - line.text.size()) * unit_;
    Append(bytes.first(std::min(end, room)), line.text);
    line.cut = line.cut || end > room;
    const bool ended = end + unit_ <= bytes.size();
    input_.Skip(ended ? end + unit_ : end);
    if (ended) break;
    look = kChunk;
  }
  if (any) ++lines_;
  return any;
}

}  // namespace mtkrig::traces
