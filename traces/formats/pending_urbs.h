#pragma once

// Transfers that were submitted and have not ended, found by their URB's id and by their age. Takes
// the same time however many there are: a capture that lost its completions has thousands.

#include <array>
#include <cstdint>
#include <deque>

#include "traces/model/event.h"

namespace mtkrig::traces {

struct PendingUrb {
  std::uint64_t id = 0;
  Event event;
  std::uint64_t packet = 0;  // that submits it
  Duration submitted{};
  std::uint32_t line = 0;  // bus, device and endpoint: what transfers end in order on
  bool overtaken = false;  // a later one of its line has ended

 private:
  friend class PendingUrbs;
  PendingUrb* older = nullptr;
  PendingUrb* newer = nullptr;
  PendingUrb* next_in_bucket = nullptr;
};

class PendingUrbs {
 public:
  std::size_t size() const { return size_; }
  // Null if there is none.
  PendingUrb* oldest() { return oldest_; }
  PendingUrb* Find(std::uint64_t id);
  // The one that was added last before it, null if it is the oldest.
  static PendingUrb* Before(const PendingUrb& urb) { return urb.older; }
  // Requires that none has this id. Its event is new; that it has memory already is the point.
  PendingUrb& Add(std::uint64_t id);
  // What it holds is gone with the next Add().
  void Remove(PendingUrb& urb);

 private:
  static constexpr std::size_t kBuckets = 1024;
  PendingUrb*& BucketOf(std::uint64_t id);

  std::deque<PendingUrb> all_;  // pending and free ones
  std::array<PendingUrb*, kBuckets> buckets_{};
  PendingUrb* oldest_ = nullptr;
  PendingUrb* newest_ = nullptr;
  PendingUrb* free_ = nullptr;  // by `older`
  std::size_t size_ = 0;
};

}  // namespace mtkrig::traces
