#pragma once

// A window that slides over a ByteSource: readers look at as many bytes as they need in one piece,
// and memory follows what they ask for and what is really there, whichever is less.

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
  Result<ByteSpan> Peek(std::size_t count);
  // Requires that the last Peek returned at least `count` bytes.
  void Skip(std::size_t count);

  std::uint64_t offset() const { return offset_; }
  // After a Peek that returned less than it was asked for: the source says that more had to follow.
  bool cut_short() const { return source_->cut_short(); }

 private:
  void Fill(std::size_t count);
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
