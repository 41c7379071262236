#include "traces/formats/event_queue.h"

#include <algorithm>
#include <utility>

namespace mtkrig::traces {
namespace {

// Beyond this the memory of the events themselves is given back.
constexpr std::size_t kMaxKeptEvents = 64;

}  // namespace

Event& EventQueue::Append() {
  if (end_ == events_.size()) events_.emplace_back();
  Event& event = events_[end_++];
  event.Clear();
  return event;
}

void EventQueue::Append(Event event) {
  swap(Append(), event);
}

void EventQueue::Insert(std::size_t place, Event event) {
  Append(std::move(event));
  const auto begin = events_.begin();
  std::rotate(begin + static_cast<std::ptrdiff_t>(place),
              begin + static_cast<std::ptrdiff_t>(end_ - 1),
              begin + static_cast<std::ptrdiff_t>(end_));
}

void EventQueue::Remove(std::size_t place) {
  const auto begin = events_.begin();
  std::rotate(begin + static_cast<std::ptrdiff_t>(place),
              begin + static_cast<std::ptrdiff_t>(place + 1),
              begin + static_cast<std::ptrdiff_t>(end_));
  --end_;
}

void EventQueue::OwnBytes() {
  for (std::size_t place = first_; place < end_; ++place) events_[place].bytes.Own();
}

void EventQueue::Take(Event& event) {
  Event& first = events_[first_++];
  swap(first, event);
  first.ReleaseLargeMemory();
  if (first_ != end_) return;
  first_ = 0;
  end_ = 0;
  if (events_.size() > kMaxKeptEvents) events_ = std::vector<Event>();
}

}  // namespace mtkrig::traces
