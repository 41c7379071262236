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
  EventKind kind = EventKind::kBytes;
  Direction direction = Direction::kToPhone;
  std::uint8_t endpoint = 0;
  bool has_setup = false;
  std::array<std::uint8_t, 8> setup{};
  // Of a write.
  EventBytes bytes;
  std::uint64_t length = 0;
  // Of the packet that submits it.
  std::uint64_t packet = 0;
  std::uint64_t offset = 0;
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
  PendingUrb* Find(std::uint64_t id) {
    // Most end before another begins.
    if (newest_ != nullptr && newest_->id == id) return newest_;
    PendingUrb* urb = BucketOf(id);
    while (urb != nullptr && urb->id != id) urb = urb->next_in_bucket;
    return urb;
  }
  // The one that was added last before it, null if it is the oldest.
  static PendingUrb* Before(const PendingUrb& urb) { return urb.older; }
  // Requires that none has this id. It is new; that it has memory already is the point.
  PendingUrb& Add(std::uint64_t id) {
    if (free_ == nullptr) free_ = &all_.emplace_back();
    PendingUrb& urb = *free_;
    free_ = urb.older;
    urb.id = id;
    urb.has_setup = false;
    urb.overtaken = false;
    urb.bytes.clear();
    urb.length = 0;
    urb.older = newest_;
    urb.newer = nullptr;
    (newest_ != nullptr ? newest_->newer : oldest_) = &urb;
    newest_ = &urb;
    PendingUrb*& bucket = BucketOf(id);
    urb.next_in_bucket = bucket;
    bucket = &urb;
    ++size_;
    return urb;
  }
  // What it holds is gone with the next Add().
  void Remove(PendingUrb& urb) {
    PendingUrb** link = &BucketOf(urb.id);
    while (*link != &urb) link = &(*link)->next_in_bucket;
    *link = urb.next_in_bucket;
    (urb.older != nullptr ? urb.older->newer : oldest_) = urb.newer;
    (urb.newer != nullptr ? urb.newer->older : newest_) = urb.older;
    urb.bytes.ReleaseMemory(free_ != nullptr ? kSmallMemory : kLargeMemory);
    urb.older = free_;
    free_ = &urb;
    --size_;
  }

 private:
  // Few enough to stay in the processor's cache beside what is read of the file.
  static constexpr std::size_t kBuckets = 256;
  // A free one keeps no more than this; all but one of them less, for there may be thousands.
  static constexpr std::size_t kLargeMemory = std::size_t{2} << 20;
  static constexpr std::size_t kSmallMemory = 4096;

  PendingUrb*& BucketOf(std::uint64_t id) {
    // Ids are addresses in the kernel, whose low bits are alike: multiplying by the golden ratio
    // brings all of them to bear on the top ones.
    constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;
    constexpr int kBits = 8;
    static_assert(kBuckets == std::size_t{1} << kBits);
    return buckets_[(id * kGolden) >> (64 - kBits)];
  }

  std::deque<PendingUrb> all_;  // pending and free ones
  std::array<PendingUrb*, kBuckets> buckets_{};
  PendingUrb* oldest_ = nullptr;
  PendingUrb* newest_ = nullptr;
  PendingUrb* free_ = nullptr;  // by `older`
  std::size_t size_ = 0;
};

}  // namespace mtkrig::traces
