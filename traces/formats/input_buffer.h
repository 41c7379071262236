#pragma once

// A window that slides over a ByteSource: readers look at as many bytes as they need in one piece,
// and memory follows what they ask for and what is really there, whichever is less.

#include <algorithm>
#include <memory>
#include <vector>

#include "traces/formats/byte_source.h"

namespace mtkrig::traces {

class InputBuffer {
 public:
  explicit InputBuffer(std::unique_ptr<ByteSource> source);

  // Everything at hand from the position on: at least `count` bytes, or all that are left. The view
  // is valid until the next call. An error of the source comes only once all bytes before it have
  // been skipped, so that damage further on does not hide what stands here.
  Result<ByteSpan> Peek(std::size_t count) {
    if (count > 0 && end_ - begin_ >= count) return at_hand();
    return PeekFurther(count);
  }
  // Everything at hand, without reading.
  ByteSpan at_hand() const { return {buffer_.data() + begin_, end_ - begin_}; }
  // Requires that the last Peek returned at least `count` bytes, or that as many are at hand.
  void Skip(std::size_t count) {
    const std::size_t step = std::min(count, end_ - begin_);
    begin_ += step;
    offset_ += step;
  }

  std::uint64_t offset() const { return offset_; }
  // After a Peek that returned less than it was asked for: the source says that more had to follow.
  bool cut_short() const { return source_->cut_short(); }

 private:
  Result<ByteSpan> PeekFurther(std::size_t count);
  void Fill(std::size_t count);
  std::size_t Wanted(std::size_t count) const;
  void MoveToFront();

  std::unique_ptr<ByteSource> source_;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;  // of begin_
  bool ended_ = false;
  std::unique_ptr<Error> error_;
};

}  // namespace mtkrig::traces
