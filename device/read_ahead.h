#pragma once

// Which bulk IN transfers to keep in flight.
//
// A transfer ends with a short packet or when it is full. A phone may send a whole number of
// packets and no zero-length packet after them, and then a transfer that is larger than the answer
// never ends. So nothing large is in flight unless a reader asked for that many bytes:
//  * listeners of one packet each are always there, and end with any packet;
//  * a reader who wants more gets transfers of exactly what is missing, which fill up by
//  themselves.
// A large transfer never is the first in the queue when it is submitted, so one that has become the
// first has begun where a full packet ended, and may hold bytes back (`MayHoldBack`).

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>

namespace mtkrig::device {

class ReadAhead {
 public:
  // `packet` is the endpoint's packet size, `largest` the bound of one transfer; both in bytes.
  // `listeners` is at least one; each more saves a turn to the phone when it sends two short
  // answers behind each other, and costs a transfer for each large answer.
  ReadAhead(std::size_t packet, std::size_t largest, std::size_t listeners)
      : packet_(packet),
        largest_(std::max(packet, largest - largest % packet)),
        listeners_(listeners) {}

  // The size of the next transfer to submit for a reader who wants this many bytes more than have
  // arrived; empty when enough is in flight. A size that was submitted is told by Submitted().
  std::optional<std::size_t> Next(std::size_t wanted) const {
    if (in_flight_.size() >= kMaxTransfers) return std::nullopt;
    if (bytes_ < wanted && !in_flight_.empty()) {
      const std::size_t missing = wanted - bytes_;
      return std::min(largest_, (missing + packet_ - 1) / packet_ * packet_);
    }
    const std::size_t count = in_flight_.size();
    const std::size_t last = std::min(count, listeners_);
    for (std::size_t i = 0; i < last; ++i) {
      if (in_flight_[count - 1 - i] != packet_) return packet_;
    }
    return last < listeners_ ? std::optional(packet_) : std::nullopt;
  }

  void Submitted(std::size_t size) {
    in_flight_.push_back(size);
    bytes_ += size;
  }
  // A transfer is over: 0 is the oldest.
  void Erase(std::size_t index) {
    const auto at = in_flight_.begin() + static_cast<std::ptrdiff_t>(index);
    bytes_ -= *at;
    in_flight_.erase(at);
  }
  // Memory for large transfers is scarce on this host: ask for less from now on. False when a
  // transfer is down to one packet.
  bool Shrink() {
    if (largest_ == packet_) return false;
    largest_ = std::max(packet_, largest_ / 2 / packet_ * packet_);
    return true;
  }

  bool empty() const { return in_flight_.empty(); }
  bool HasLarge() const {
    return std::any_of(in_flight_.begin(), in_flight_.end(),
                       [this](std::size_t size) { return size != packet_; });
  }
  bool MayHoldBack() const { return !in_flight_.empty() && in_flight_.front() != packet_; }

 private:
  static constexpr std::size_t kMaxTransfers = 16;

  std::size_t packet_;
  std::size_t largest_;
  std::size_t listeners_;
  std::deque<std::size_t> in_flight_;
  std::size_t bytes_ = 0;
};

}  // namespace mtkrig::device
