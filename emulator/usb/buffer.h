#pragma once

// Payloads of transfers. Not initialised, and taken from a pool: a phone that is read at full speed
// moves every byte through one of these, and fresh memory would cost more than the copy into it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace mtkrig::emulator {

class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t capacity);
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() = default;

  std::size_t capacity() const { return capacity_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::span<const std::uint8_t> bytes() const { return {memory_.get(), size_}; }
  // The unused rest, to be written into and then made part of the content by Extend.
  std::span<std::uint8_t> room() { return {memory_.get() + size_, capacity_ - size_}; }
  // Requires count <= room().size().
  void Extend(std::size_t count) { size_ += count; }
  void Append(std::span<const std::uint8_t> bytes);  // requires bytes.size() <= room().size()
  void Clear() { size_ = 0; }

 private:
  std::unique_ptr<std::uint8_t[]> memory_;  // NOLINT(modernize-avoid-c-arrays)
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

// Keeps a few buffers for reuse. One thread.
class BufferPool {
 public:
  // An empty buffer of at least that capacity; none for 0.
  Buffer Take(std::size_t capacity);
  void Give(Buffer buffer);

 private:
  std::vector<Buffer> free_;
  std::size_t free_bytes_ = 0;
};

}  // namespace mtkrig::emulator
