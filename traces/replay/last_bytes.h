#pragma once

// LastBytes: the last few bytes of a stream that comes in pieces of any size, many of one byte.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "protocol/base/bytes.h"

namespace mtkrig::traces {

class LastBytes {
 public:
  // As long as a request that is recognised by it.
  static constexpr std::size_t kKept = 16;

  void Add(protocol::ByteSpan bytes) {
    if (end_ + kKept > room_.size()) MoveToFront();
    if (bytes.size() == 1) {
      room_[end_++] = bytes.front();
      return;
    }
    const protocol::ByteSpan kept = bytes.last(std::min(kKept, bytes.size()));
    std::copy(kept.begin(), kept.end(), room_.begin() + static_cast<std::ptrdiff_t>(end_));
    end_ += kept.size();
  }

  // At most kKept; they stand until the next call.
  protocol::ByteSpan bytes() const {
    const std::size_t count = std::min(end_, kKept);
    return protocol::ByteSpan(room_).subspan(end_ - count, count);
  }

 private:
  void MoveToFront() {
    const auto end = room_.begin() + static_cast<std::ptrdiff_t>(end_);
    std::copy(end - kKept, end, room_.begin());
    end_ = kKept;
  }

  // Several times what is kept, so that it is seldom moved.
  std::array<std::uint8_t, 16 * kKept> room_ = {};
  std::size_t end_ = 0;
};

}  // namespace mtkrig::traces
