#include "traces/formats/pending_urbs.h"

namespace mtkrig::traces {
namespace {

// All free ones but one keep no more than this: there may be thousands of them.
constexpr std::size_t kSmallMemory = 4096;

}  // namespace

PendingUrb*& PendingUrbs::BucketOf(std::uint64_t id) {
  // Ids are addresses in the kernel, whose low bits are alike: multiplying by the golden ratio
  // brings all of them to bear on the top ones.
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;
  constexpr int kBits = 10;
  static_assert(kBuckets == std::size_t{1} << kBits);
  return buckets_[(id * kGolden) >> (64 - kBits)];
}

PendingUrb* PendingUrbs::Find(std::uint64_t id) {
  PendingUrb* urb = BucketOf(id);
  while (urb != nullptr && urb->id != id) urb = urb->next_in_bucket;
  return urb;
}

PendingUrb& PendingUrbs::Add(std::uint64_t id) {
  if (free_ == nullptr) {
    free_ = &all_.emplace_back();
  }
  PendingUrb& urb = *free_;
  free_ = urb.older;
  urb.id = id;
  urb.event.Clear();
  urb.overtaken = false;
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

void PendingUrbs::Remove(PendingUrb& urb) {
  PendingUrb** link = &BucketOf(urb.id);
  while (*link != &urb) link = &(*link)->next_in_bucket;
  *link = urb.next_in_bucket;
  (urb.older != nullptr ? urb.older->newer : oldest_) = urb.newer;
  (urb.newer != nullptr ? urb.newer->older : newest_) = urb.older;
  urb.event.ReleaseLargeMemory();
  if (free_ != nullptr && urb.event.bytes.capacity() > kSmallMemory) {
    urb.event.bytes = std::vector<std::uint8_t>();
  }
  urb.older = free_;
  free_ = &urb;
  --size_;
}

}  // namespace mtkrig::traces
