#include "emulator/usb/buffer.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace mtkrig::emulator {
namespace {

constexpr std::size_t kSmallest = 512;
// A buffer is not spent on a payload that would leave most of it unused.
constexpr std::size_t kMaxWaste = 8;
constexpr std::size_t kMaxFreeBuffers = 16;
constexpr std::size_t kMaxFreeBytes = std::size_t{8} << 20;

}  // namespace

Buffer::Buffer(std::size_t capacity)
    // NOLINTNEXTLINE(modernize-avoid-c-arrays)
    : memory_(std::make_unique_for_overwrite<std::uint8_t[]>(capacity)), capacity_(capacity) {}

Buffer::Buffer(Buffer&& other) noexcept
    : memory_(std::move(other.memory_)),
      capacity_(std::exchange(other.capacity_, 0)),
      size_(std::exchange(other.size_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  memory_ = std::move(other.memory_);
  capacity_ = std::exchange(other.capacity_, 0);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

void Buffer::Append(std::span<const std::uint8_t> bytes) {
  std::copy(bytes.begin(), bytes.end(), room().begin());
  size_ += bytes.size();
}

Buffer BufferPool::Take(std::size_t capacity) {
  if (capacity == 0) return {};
  const std::size_t wanted = std::bit_ceil(std::max(capacity, kSmallest));
  const auto fits = [wanted](const Buffer& buffer) {
    return buffer.capacity() >= wanted && buffer.capacity() / kMaxWaste <= wanted;
  };
  const auto found = std::find_if(free_.begin(), free_.end(), fits);
  if (found == free_.end()) return Buffer(wanted);
  Buffer buffer = std::move(*found);
  *found = std::move(free_.back());
  free_.pop_back();
  free_bytes_ -= buffer.capacity();
  return buffer;
}

void BufferPool::Give(Buffer buffer) {
  if (buffer.capacity() == 0 || free_.size() >= kMaxFreeBuffers ||
      free_bytes_ + buffer.capacity() > kMaxFreeBytes) {
    return;
  }
  buffer.Clear();
  free_bytes_ += buffer.capacity();
  free_.push_back(std::move(buffer));
}

}  // namespace mtkrig::emulator
