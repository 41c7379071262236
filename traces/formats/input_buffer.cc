#include "traces/formats/input_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mtkrig::traces {
namespace {

// Fits the second-level cache, so that what is copied out of it costs little.
constexpr std::size_t kWindowBytes = std::size_t{256} * 1024;
// Most readings look at the head of a file only.
constexpr std::size_t kFirstWindowBytes = std::size_t{4} * 1024;
// The kernel copies whole pages best.
constexpr std::size_t kPage = 4096;

}  // namespace

InputBuffer::InputBuffer(std::unique_ptr<ByteSource> source)
    : source_(std::move(source)), buffer_(kFirstWindowBytes) {}

Result<ByteSpan> InputBuffer::PeekFurther(std::size_t count) {
  if (end_ - begin_ < count && !ended_) Fill(count);
  if (begin_ == end_ && error_ != nullptr) return *error_;
  return at_hand();
}

void InputBuffer::MoveToFront() {
  const std::size_t left = end_ - begin_;
  std::memmove(buffer_.data(), buffer_.data() + begin_, left);
  begin_ = 0;
  end_ = left;
  if (buffer_.size() < kWindowBytes) buffer_.resize(buffer_.size() * 4);
  // Damaged files may ask for many MiB again and again, and go on by some bytes only. A quarter
  // more room, and the next move is so far that all of them together take linear time.
  if (buffer_.size() < left + left / 4) buffer_.resize(left + left / 4);
}

// How much to read at the end of what is at hand, where there is room for as much.
std::size_t InputBuffer::Wanted(std::size_t count) const {
  const std::size_t left = end_ - begin_;
  // Of something long no more than it needs: what is behind it would have to be moved soon.
  const std::size_t most = std::max(count, kWindowBytes) - left;
  const std::size_t beyond = (offset_ + left + most) % kPage;
  return beyond < most && count <= kWindowBytes ? most - beyond : most - beyond + kPage;
}

void InputBuffer::Fill(std::size_t count) {
  const std::size_t left = end_ - begin_;
  // Little is moved, so that something long that follows finds room.
  if (begin_ > 0 && (buffer_.size() - begin_ < count || left < kPage)) MoveToFront();
  while (end_ - begin_ < count && !ended_) {
    if (end_ == buffer_.size()) {
      buffer_.resize(std::min(std::max(count + kWindowBytes, kWindowBytes), buffer_.size() * 4));
    }
    const std::size_t room = std::min(buffer_.size() - end_, Wanted(count));
    Result<std::size_t> read = source_->Read(std::span(buffer_).subspan(end_, room));
    if (!read) {
      error_ = std::make_unique<Error>(std::move(read).error());
      ended_ = true;
    } else {
      end_ += *read;
      ended_ = *read == 0;
    }
  }
}

}  // namespace mtkrig::traces
