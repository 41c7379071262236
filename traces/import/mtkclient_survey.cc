#include "traces/import/mtkclient_survey.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "traces/import/log_lines.h"
#include "traces/import/log_text.h"
#include "traces/import/mtkclient_line.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kFewestRuns = 3;
constexpr std::size_t kRunsForOneOdd = 16;
// So many that are odd are no damage of a log that has only just begun.
constexpr std::size_t kSurelyOdd = 3;

// Runs of messages that are the same.
class CopyCounter {
 public:
  void Add(Direction direction, std::vector<std::uint8_t> bytes, std::string_view text) {
    const bool same = times_ > 0 && direction == direction_ && bytes == bytes_ && text == text_;
    if (!same) EndRun();
    ++times_;
    to_phone_ = to_phone_ || direction == Direction::kToPhone;
    to_host_ = to_host_ || direction == Direction::kToHost;
    direction_ = direction;
    bytes_ = std::move(bytes);
    text_ = text;
  }
  void EndRun() {
    if (times_ == 0) return;
    ++runs_;
    for (std::size_t i = 0; i < odd_.size(); ++i) {
      if (times_ % (i + kFewest) != 0) ++odd_.at(i);
    }
    times_ = 0;
  }
  bool hopeless() const {
    return std::all_of(odd_.begin(), odd_.end(), [this](std::size_t odd) {
      return odd >= kSurelyOdd && odd * kRunsForOneOdd > runs_;
    });
  }
  // Of all that was added, once the last run has ended.
  std::size_t copies() const {
    if (runs_ < kFewestRuns || !to_phone_ || !to_host_) return 1;
    for (std::size_t i = odd_.size(); i-- > 0;) {
      if (odd_.at(i) * kRunsForOneOdd <= runs_) return i + kFewest;
    }
    return 1;
  }

 private:
  static constexpr std::size_t kFewest = 2;
  std::array<std::size_t, 3> odd_ = {0, 0, 0};  // runs that 2, 3 and 4 do not divide
  std::size_t runs_ = 0;
  std::size_t times_ = 0;
  Direction direction_ = Direction::kToPhone;
  std::vector<std::uint8_t> bytes_;
  std::string text_;
  bool to_phone_ = false;
  bool to_host_ = false;
};

void AddTransfer(const MtkclientLine& parsed, CopyCounter& counter) {
  if (parsed.kind == MtkclientKind::kText) {
    if (parsed.logged) counter.Add(parsed.direction, {}, parsed.payload);
    return;
  }
  HexCollector digits;
  const std::string marked = MarkedDigits(parsed.payload);
  const std::string_view rest = digits.Add(marked.empty() ? parsed.payload : marked);
  counter.Add(parsed.direction, std::move(digits.bytes()), rest);
}

}  // namespace

Result<std::size_t> CountMtkclientCopies(const Content& content) {
  TRY_ASSIGN(std::unique_ptr<ByteSource> source, content.Open());
  LogLines lines(std::move(source));
  CopyCounter counter;
  LogLine line;
  while (!counter.hopeless()) {
    TRY_ASSIGN(const bool more, lines.Next(line));
    if (!more) {
      counter.EndRun();
      return counter.copies();
    }
    CleanLine(line.text);
    std::string_view text = line.text;
    if (TakeTime(text).has_value()) text = TrimBlanks(text);
    const MtkclientLine parsed = ParseMtkclientLine(text);
    switch (parsed.kind) {
      case MtkclientKind::kAsked:
      case MtkclientKind::kStack:
        return std::size_t{1};
      case MtkclientKind::kHex:
      case MtkclientKind::kText:
        AddTransfer(parsed, counter);
        break;
      case MtkclientKind::kTimedOut:
        counter.EndRun();
        break;
      default:
        break;
    }
  }
  return std::size_t{1};
}

}  // namespace mtkrig::traces
