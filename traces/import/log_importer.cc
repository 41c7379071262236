#include "traces/import/log_importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "traces/formats/event_checks.h"
#include "traces/import/left_out.h"
#include "traces/model/gap_reasons.h"

namespace mtkrig::traces {
namespace {

// Notes in front of the first transfer, which may be far down in a log. Those behind are left out.
constexpr std::size_t kMaxHeadEvents = 1000;
constexpr std::size_t kMaxComment = 500;
// How far above the first transfer a mark may stand: blank lines, fences, and what tools write in
// front of a transfer lie between.
constexpr std::uint64_t kMarkAbove = 4;
constexpr std::size_t kMaxOpenBytes = std::size_t{4} << 20;
constexpr std::chrono::hours kDay(24);
constexpr std::chrono::hours kHalfDay(12);
constexpr std::chrono::hours kMostDays(24 * 365 * 50);

}  // namespace

std::string TooLongToBelieve(std::size_t kept, std::uint64_t told) {
  constexpr std::uint64_t kMost = kMaxToldLength >> 20;
  if (told == std::numeric_limits<std::uint64_t>::max()) {
    return fmt::format(gaps::kTooLongToCount, kMost, kept);
  }
  return fmt::format(gaps::kTooLong, told, kMost, kept);
}

LogImporter::LogImporter(std::unique_ptr<ByteSource> source, std::string name,
                         std::string looked_for)
    : lines_(std::move(source)), name_(std::move(name)), looked_for_(std::move(looked_for)) {}

Result<void> LogImporter::ReadHead() {
  while (transfers_ == 0 && !ended_) TRY(Advance());
  if (transfers_ > 0) return Ok();
  return Error(ErrorCode::kInvalidInput,
               fmt::format("no transfer stands in {}: none of its {} lines is {}", name_,
                           line_.at.line, looked_for_))
      .WithHint("the tool has to log the bytes that it sends and receives; see traces/README.md");
}

Result<std::optional<Event>> LogImporter::Next() {
  while (events_.empty() && !ended_) TRY(Advance());
  if (events_.empty()) return std::optional<Event>();
  std::optional<Event> event(std::move(events_.front()));
  events_.pop_front();
  return event;
}

Result<void> LogImporter::Advance() {
  LogLine next = std::move(line_);
  const LogPlace last = next.at;
  TRY_ASSIGN(const bool more, lines_.Next(next));
  line_ = std::move(next);
  if (more) {
    const LogPlace at = line_.at;
    TRY(TakeLine(line_));
    line_.at = at;
    return Ok();
  }
  ended_ = true;
  line_.at = last;
  Close();
  TRY(TakeEnd());
  GiveUpRead();
  if (lines_.cut_short()) PushGap(last, gaps::kEndsEarly);
  return Ok();
}

void LogImporter::SetTime(const LogTime& time) {
  if (!time.of_day) {
    time_ = time.time;
    return;
  }
  // It is past midnight where the clock steps back by much.
  if (day_ + time.time + kHalfDay < time_ && day_ < kMostDays) day_ += kDay;
  time_ = day_ + time.time;
}

void LogImporter::PushBytes(LogPlace at, Direction direction, std::vector<std::uint8_t> bytes,
                            std::uint64_t length) {
  Event event;
  event.direction = direction;
  if (length > kMaxToldLength) length = 0;
  event.length = std::max<std::uint64_t>(bytes.size(), length);
  event.bytes = std::move(bytes);
  Push(at, std::move(event));
}

void LogImporter::PushFailure(LogPlace at, Direction direction, Failure failure,
                              std::vector<std::uint8_t> bytes) {
  Event event;
  event.kind = EventKind::kFailure;
  event.direction = direction;
  event.failure = failure;
  event.length = bytes.size();
  event.bytes = std::move(bytes);
  Push(at, std::move(event));
}

void LogImporter::PushGap(LogPlace at, std::string_view text) {
  Push(at, TextEvent(EventKind::kGap, fmt::format("line {}: {}", at.line, text)));
}

void LogImporter::PushComment(LogPlace at, std::string_view text) {
  Push(at, TextEvent(EventKind::kComment, std::string(TrimBlanks(text.substr(0, kMaxComment)))));
}

bool LogImporter::TakeMark(const LogLine& line) {
  if (!SaysLeftOut(line.text)) return false;
  std::string text = line.text;
  if (Contains(text, "&")) DecodeEntities(text);
  if (transfers_ > 0) {
    PushMark(line.at, text);
  } else {
    mark_ = line.at;
    mark_text_ = std::move(text);
  }
  return true;
}

// Once for several that stand below one another.
void LogImporter::PushMark(LogPlace at, const std::string& text) {
  if (mark_told_) return;
  GiveUpRead();
  PushGap(at, fmt::format("{}: \"{}\"", gaps::kLinesLeftOut, text));
  mark_told_ = true;
}

void LogImporter::Push(LogPlace at, Event event) {
  const bool transfer = IsTransfer(event.kind);
  if (transfer && mark_.has_value()) {
    const LogPlace above = *mark_;
    mark_.reset();
    if (at.line <= above.line + kMarkAbove) PushMark(above, mark_text_);
  }
  if (transfer) mark_told_ = false;
  if (transfer && event.direction == Direction::kToHost) timed_out_.reset();
  if (transfer && event.direction == Direction::kToPhone) GiveUpRead();
  if (transfer) ++transfers_;
  // Nobody reads yet: what is kept is bounded.
  if (transfers_ == 0 && events_.size() >= kMaxHeadEvents) return;
  event.time = time_;
  event.latency = std::min(event.latency, std::max(event.time, Duration::zero()));
  event.packet = at.line;
  event.offset = at.offset;
  events_.push_back(std::move(event));
}

bool LogImporter::Open(OpenTransfer transfer) {
  const bool closed = Close();
  open_ = std::move(transfer);
  return closed;
}

void LogImporter::AddToOpen(ByteSpan row) {
  std::vector<std::uint8_t>& bytes = open_->bytes;
  if (open_->length) {
    const std::uint64_t left =
        *open_->length - std::min<std::uint64_t>(bytes.size(), *open_->length);
    row = row.first(static_cast<std::size_t>(std::min<std::uint64_t>(row.size(), left)));
  }
  if (bytes.size() + row.size() > kMaxOpenBytes) {
    open_->cut = true;
    return;
  }
  bytes.insert(bytes.end(), row.begin(), row.end());
}

bool LogImporter::Close(std::optional<Failure> failure) {
  if (!open_.has_value()) return false;
  OpenTransfer open = *std::move(open_);
  open_.reset();
  const std::size_t size = open.bytes.size();
  const std::uint64_t length = open.length.value_or(0);
  if (!open.length && size == 0) {
    PushGap(open.at, gaps::kNoBytesBelow);
    return false;
  }
  const bool believed = length <= kMaxToldLength;
  if (!believed && size == 0 && !failure.has_value()) {
    PushGap(open.at, TooLongToBelieve(size, length));
    return false;
  }
  if (failure.has_value()) {
    PushFailure(open.at, open.direction, *failure, std::move(open.bytes));
  } else {
    PushBytes(open.at, open.direction, std::move(open.bytes), length);
  }
  if (!believed) {
    PushGap(open.at, TooLongToBelieve(size, length));
  } else if (length > size) {
    PushGap(open.at, fmt::format(gaps::kSomeBytes, size, length));
  } else if (open.cut) {
    PushGap(open.at, fmt::format(gaps::kCutBehind, size));
  } else if (length > 0 && size > length) {
    PushGap(open.at, fmt::format(gaps::kOtherNumber, size, length));
  }
  return true;
}

void LogImporter::NoteTimeout(LogPlace at) {
  if (timed_out_.has_value()) return;
  timed_out_ = at;
  timed_out_at_ = time_;
}

void LogImporter::GiveUpRead() {
  if (!timed_out_.has_value()) return;
  const LogPlace at = *timed_out_;
  timed_out_.reset();
  PushFailure(at, Direction::kToHost, Failure::kTimeout);
  events_.back().time = timed_out_at_;
}

}  // namespace mtkrig::traces
