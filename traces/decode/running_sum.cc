#include "traces/decode/running_sum.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace mtkrig::traces {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);
// Every other byte of a word, as lanes of 16 bits.
constexpr std::uint64_t kEvenBytes = 0x00ff00ff00ff00ffULL;
// A lane gains at most 510 a word, so this many words fit without overflow.
constexpr std::size_t kWordsPerRound = 128;

std::uint64_t LoadWord(const std::uint8_t* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, kWord);
  return word;
}

// Eight bytes at a time: the compiler makes vectors of these loops.
std::uint32_t SumOfBytes(ByteSpan data) {
  std::uint32_t sum = 0;
  std::size_t at = 0;
  while (data.size() - at >= kWord) {
    const std::size_t words = std::min((data.size() - at) / kWord, kWordsPerRound);
    std::uint64_t lanes = 0;
    for (std::size_t i = 0; i < words; ++i) {
      const std::uint64_t word = LoadWord(data.data() + at + i * kWord);
      lanes += (word & kEvenBytes) + ((word >> 8) & kEvenBytes);
    }
    for (unsigned shift = 0; shift < 64; shift += 16) sum += (lanes >> shift) & 0xffff;
    at += words * kWord;
  }
  for (; at < data.size(); ++at) sum += data[at];
  return sum;
}

// Of little-endian words of 16 bits, the first byte being a low one; an odd tail counts as low.
std::uint16_t XorOfWords(ByteSpan data) {
  std::uint64_t folded = 0;
  std::size_t at = 0;
  for (; data.size() - at >= kWord; at += kWord) folded ^= LoadWord(data.data() + at);
  std::uint8_t low = 0;
  std::uint8_t high = 0;
  for (std::size_t i = 0; i < kWord; ++i) {
    // Where a byte stands in memory says which half it is of, whatever the machine's byte order.
    std::uint8_t bytes[kWord];
    std::memcpy(bytes, &folded, kWord);
    (i % 2 == 0 ? low : high) ^= bytes[i];
  }
  for (std::size_t i = 0; at < data.size(); ++at, ++i) (i % 2 == 0 ? low : high) ^= data[at];
  return static_cast<std::uint16_t>(low | (high << 8));
}

std::uint16_t Swapped(std::uint16_t value) {
  return static_cast<std::uint16_t>((value << 8) | (value >> 8));
}

}  // namespace

void RunningSum::Update(ByteSpan data) {
  switch (kind_) {
    case Span::Sum::kNone:
      break;
    case Span::Sum::kBytes16:
      state_ = (state_ + SumOfBytes(data)) & 0xffff;
      break;
    case Span::Sum::kXor16: {
      const std::uint16_t words = XorOfWords(data);
      state_ ^= odd_ ? Swapped(words) : words;
      odd_ = odd_ != (data.size() % 2 == 1);
      break;
    }
  }
}

}  // namespace mtkrig::traces
