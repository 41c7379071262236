#include "traces/replay/watchdog_filter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "traces/replay/watchdog_exchange.h"

namespace mtkrig::traces {
namespace {

// An exchange takes eight transfers; more where they are split or reads timed out between them.
constexpr std::size_t kMaxLookahead = 64;
// What may stand between them is bounded, too: a control transfer, or a comment, may be large.
constexpr std::size_t kMaxLookaheadBytes = std::size_t{1} << 20;

bool IsNote(const Event& event) {
  return event.kind == EventKind::kPhase || event.kind == EventKind::kComment ||
         event.kind == EventKind::kControl || event.kind == EventKind::kOther;
}

bool IsSilence(const Event& event) {
  return event.kind == EventKind::kFailure && event.direction == Direction::kToHost &&
         event.bytes.empty() &&
         (event.failure == Failure::kTimeout || event.failure == Failure::kCancelled);
}

}  // namespace

WatchdogFilter::WatchdogFilter(std::unique_ptr<TraceReader> reader, Mode mode)
    : reader_(std::move(reader)), mode_(mode) {}

Result<std::optional<Event>> WatchdogFilter::Next() {
  while (untouchable_ == 0) {
    TRY_ASSIGN(const bool more, FillInput(1));
    if (!more) return std::optional<Event>();
    const Event& first = input_.front();
    const bool may_begin = !host_was_last_ && first.kind == EventKind::kBytes &&
                           first.direction == Direction::kToPhone && !first.bytes.empty() &&
                           IsRegisterWrite(first.bytes[0]);
    if (!may_begin) break;
    TRY_ASSIGN(const std::size_t count, FindExchange());
    if (count == 0) break;
    if (mode_ == Mode::kRemove) {
      Remove(count);
    } else {
      LoosenStatus(count);
    }
  }
  return TakeInput();
}

std::optional<Event> WatchdogFilter::TakeInput() {
  Event event = std::move(input_.front());
  input_.pop_front();
  if (untouchable_ > 0) --untouchable_;
  if (event.kind == EventKind::kBytes) host_was_last_ = event.direction == Direction::kToPhone;
  return event;
}

// Reads ahead; false when the trace has fewer events left.
Result<bool> WatchdogFilter::FillInput(std::size_t count) {
  while (input_.size() < count && !ended_) {
    if (failed_.has_value()) return *failed_;
    auto event = reader_->Next();
    if (!event) {
      // What was read before the damage is given first.
      failed_ = event.error();
      if (!input_.empty()) return false;
      return *failed_;
    }
    if (!event->has_value()) {
      ended_ = true;
      break;
    }
    input_.push_back(std::move(**event));
  }
  return input_.size() >= count;
}

// How many events of the input make up an exchange; 0 when it does not begin with one.
Result<std::size_t> WatchdogFilter::FindExchange() {
  std::vector<std::uint8_t> request;
  std::vector<std::uint8_t> answer;
  std::size_t bytes = 0;
  for (std::size_t count = 0; count < kMaxLookahead && bytes < kMaxLookaheadBytes; ++count) {
    if (failed_.has_value() && input_.size() == count) return std::size_t{0};
    TRY_ASSIGN(const bool there, FillInput(count + 1));
    if (!there) return std::size_t{0};
    bytes += input_[count].bytes.size() + input_[count].text.size();
    const Match match = Look(input_[count], request, answer);
    if (match == Match::kNo) return std::size_t{0};
    if (match == Match::kMore) continue;
    if (match == Match::kRefused) {
      TRY_ASSIGN(const bool goes_on, PhoneGoesOn(count + 1));
      if (goes_on) return std::size_t{0};
    }
    NoteStatus(answer);
    return count + 1;
  }
  return std::size_t{0};
}

// Whether the phone has the word behind so many events of the input.
Result<bool> WatchdogFilter::PhoneGoesOn(std::size_t count) {
  std::size_t bytes = 0;
  for (const std::size_t end = count + kMaxLookahead; count < end && bytes < kMaxLookaheadBytes;
       ++count) {
    if (failed_.has_value() && input_.size() == count) return false;
    TRY_ASSIGN(const bool there, FillInput(count + 1));
    if (!there) return false;
    const Event& event = input_[count];
    bytes += event.bytes.size() + event.text.size();
    if (IsNote(event) || IsSilence(event)) continue;
    return event.kind == EventKind::kBytes && event.direction == Direction::kToHost;
  }
  return false;
}

WatchdogFilter::Match WatchdogFilter::Look(const Event& event, std::vector<std::uint8_t>& request,
                                           std::vector<std::uint8_t>& answer) const {
  if (IsNote(event) || IsSilence(event)) return Match::kMore;
  if (event.kind != EventKind::kBytes || event.cut()) return Match::kNo;
  std::vector<std::uint8_t>& bytes = event.direction == Direction::kToPhone ? request : answer;
  bytes.insert(bytes.end(), event.bytes.begin(), event.bytes.end());
  const std::uint8_t command = request[0];
  if (!MayBeWatchdogWrite(request)) return Match::kNo;
  const std::vector<std::uint8_t> wanted = WriteAnswer(request, 0, 0);
  if (answer.size() > wanted.size()) return Match::kNo;
  // The high byte of the first status.
  if (answer.size() > kWriteCountEnd && answer[kWriteCountEnd] != wanted[kWriteCountEnd]) {
    const bool echoed = std::equal(wanted.begin(), wanted.begin() + kWriteCountEnd, answer.begin());
    if (!echoed || request.size() != kRefusedRequestSize) return Match::kNo;
    return answer.size() == kRefusedAnswerSize ? Match::kRefused : Match::kMore;
  }
  for (std::size_t i = 0; i < answer.size(); ++i) {
    if (answer[i] != wanted[i] && !IsFreeStatus(command, i)) return Match::kNo;
  }
  return answer.size() == WriteAnswerSize(command) ? Match::kComplete : Match::kMore;
}

void WatchdogFilter::NoteStatus(const std::vector<std::uint8_t>& answer) {
  const ByteSpan bytes = answer;
  first_status_ = protocol::LoadBe<std::uint16_t>(bytes.subspan(kWriteCountEnd));
  last_status_ = IsRefusal(first_status_)
                     ? 0
                     : protocol::LoadBe<std::uint16_t>(bytes.last(sizeof(std::uint16_t)));
}

void WatchdogFilter::Remove(std::size_t count) {
  std::deque<Event> left;
  for (std::size_t i = 0; i < count; ++i) {
    if (IsNote(input_[i])) left.push_back(std::move(input_[i]));
  }
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(count));
  untouchable_ = left.size();
  input_.insert(input_.begin(), std::make_move_iterator(left.begin()),
                std::make_move_iterator(left.end()));
}

// Marks the bytes of statuses as any, but not whether the phone takes the write: a host that sends
// a value which nobody wants, or none to a phone that waits for it, is not understood any more.
void WatchdogFilter::LoosenStatus(std::size_t count) {
  const std::uint8_t command = input_.front().bytes[0];
  std::size_t position = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Event& event = input_[i];
    if (event.kind != EventKind::kBytes || event.direction == Direction::kToPhone) continue;
    for (std::size_t at = 0; at < event.bytes.size(); ++at) {
      if (IsFreeStatus(command, position++)) event.any.push_back({.offset = at, .length = 1});
    }
  }
  untouchable_ = count;
}

}  // namespace mtkrig::traces
