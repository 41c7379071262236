#pragma once

// Events on their way from what makes them to what asks for them. A packet brings none, one, or a
// few, and all are taken before the next packet is looked at; their memory is used again.

#include <cstddef>
#include <vector>

#include "traces/model/event.h"

namespace mtkrig::traces {

class EventQueue {
 public:
  bool empty() const { return first_ == end_; }
  // The place that the next event gets. Places stay what they are until one is taken.
  std::size_t end() const { return end_; }
  // A new event at the end, to be filled in; valid until the next call.
  Event& Append();
  void Append(Event event);
  // Behind others that were appended since the last Take(): at a place, in front of what stands
  // there; and out of one.
  void Insert(std::size_t place, Event event);
  void Remove(std::size_t place);
  // Of all that wait: the bytes that stay where the reader of packets has them are copied.
  void OwnBytes();
  // Requires that an event stands there.
  Event& at(std::size_t place) { return events_[place]; }
  // Puts the first event into `event`, and keeps the memory of what that held. Requires !empty().
  void Take(Event& event);

 private:
  std::vector<Event> events_;
  std::size_t first_ = 0;
  std::size_t end_ = 0;
};

}  // namespace mtkrig::traces
