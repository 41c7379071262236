#pragma once

// The bytes of an event: of its own, or where a reader has them. Files are read by the block, and
// most who go through events look at each once; copying would cost them as much as reading does.
//
// A copy is always of its own, and so is what Own() gives. What is moved or swapped stays what it
// was: take care to Own() what is to outlive the reader's next event.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "protocol/base/bytes.h"

namespace mtkrig::traces {

class EventBytes {
 public:
  using value_type = std::uint8_t;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using const_iterator = const std::uint8_t*;
  using iterator = const_iterator;
  using const_reference = const std::uint8_t&;
  using reference = const_reference;

  EventBytes() = default;
  ~EventBytes() = default;
  EventBytes(std::vector<std::uint8_t> bytes) : own_(std::move(bytes)) {}  // NOLINT
  EventBytes(std::initializer_list<std::uint8_t> bytes) : own_(bytes) {}   // NOLINT
  EventBytes(const EventBytes& other) : own_(other.begin(), other.end()) {}
  EventBytes(EventBytes&& other) noexcept { swap(*this, other); }
  EventBytes& operator=(const EventBytes& other) {
    if (this != &other) assign(other.begin(), other.end());
    return *this;
  }
  EventBytes& operator=(EventBytes&& other) noexcept {
    swap(*this, other);
    return *this;
  }

  // Those of `bytes`, which must stay where they are. Keeps the memory that it has.
  void Refer(protocol::ByteSpan bytes) {
    elsewhere_ = true;
    view_ = bytes;
  }
  // As a vector, for changes; copies what stands elsewhere.
  std::vector<std::uint8_t>& Own() {
    if (elsewhere_) assign(view_.begin(), view_.end());
    return own_;
  }
  // Gives its memory back if it is more than this.
  void ReleaseMemory(std::size_t beyond) {
    // Assigning {} would keep it.
    if (own_.capacity() > beyond) own_ = std::vector<std::uint8_t>();
  }

  const std::uint8_t* data() const { return elsewhere_ ? view_.data() : own_.data(); }
  std::size_t size() const { return elsewhere_ ? view_.size() : own_.size(); }
  bool empty() const { return size() == 0; }
  const_iterator begin() const { return data(); }
  const_iterator end() const { return data() + size(); }
  const std::uint8_t& operator[](std::size_t at) const { return data()[at]; }
  const std::uint8_t& front() const { return data()[0]; }
  const std::uint8_t& back() const { return data()[size() - 1]; }

  void clear() {
    elsewhere_ = false;
    own_.clear();
  }
  template <typename... Arguments>
  void assign(const Arguments&... arguments) {
    own_.assign(arguments...);
    elsewhere_ = false;
  }
  void resize(std::size_t size) { Own().resize(size); }
  void reserve(std::size_t size) { Own().reserve(size); }
  std::size_t capacity() const { return own_.capacity(); }
  template <typename... Arguments>
  void insert(const_iterator before, const Arguments&... arguments) {
    const std::ptrdiff_t at = before - begin();
    Own().insert(Own().begin() + at, arguments...);
  }
  void erase(const_iterator first, const_iterator last) {
    const std::ptrdiff_t at = first - begin();
    const std::ptrdiff_t count = last - first;
    Own().erase(Own().begin() + at, Own().begin() + at + count);
  }
  void push_back(std::uint8_t byte) { Own().push_back(byte); }
  operator std::vector<std::uint8_t>() const { return {begin(), end()}; }  // NOLINT

  friend bool operator==(const EventBytes& a, const EventBytes& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }
  friend bool operator==(const EventBytes& a, const std::vector<std::uint8_t>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }
  friend void swap(EventBytes& a, EventBytes& b) noexcept {
    a.own_.swap(b.own_);
    std::swap(a.view_, b.view_);
    std::swap(a.elsewhere_, b.elsewhere_);
  }

 private:
  std::vector<std::uint8_t> own_;
  protocol::ByteSpan view_;
  bool elsewhere_ = false;
};

}  // namespace mtkrig::traces
