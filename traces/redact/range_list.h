#pragma once

// Stretches of a direction's stream.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "traces/model/event.h"

namespace mtkrig::traces {

class RangeList {
 public:
  // More are not remembered: from the first of the others on, everything counts as in the list.
  static constexpr std::size_t kMaxRanges = std::size_t{1} << 16;

  void Add(const ByteRange& range);
  // Call once, when all were added and before the questions below. Ranges that touch become one.
  void Sort();
  bool empty() const { return ranges_.empty() && from_ == kNever; }
  bool Covers(std::uint64_t at) const;
  // Makes zeros of what is in the list of [at, at + data.size()).
  void Blank(std::uint64_t at, std::span<std::uint8_t> data) const;
  // How many bytes of [at, at + length) are in the list.
  std::uint64_t Count(std::uint64_t at, std::uint64_t length) const;

 private:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};
  // Gives each stretch of [at, end) that is in the list, in order.
  template <typename Use>
  void Each(std::uint64_t at, std::uint64_t end, const Use& use) const;

  std::vector<ByteRange> ranges_;
  std::uint64_t from_ = kNever;
};

}  // namespace mtkrig::traces
