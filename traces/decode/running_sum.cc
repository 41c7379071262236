#include "traces/decode/running_sum.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
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

#ifdef __SSE2__
// Thirty-two bytes at a time, as differences from zero, on processors that can. Returns how many
// were taken.
__attribute__((target("avx2"))) std::size_t SumWideBlocks(ByteSpan data, std::uint32_t& sum) {
  constexpr std::size_t kBlock = sizeof(__m256i);
  const __m256i zero = _mm256_setzero_si256();
  __m256i even = zero;
  __m256i odd = zero;
  std::size_t at = 0;
  for (; data.size() - at >= 2 * kBlock; at += 2 * kBlock) {
    __m256i first;
    __m256i second;
    std::memcpy(&first, data.data() + at, kBlock);
    std::memcpy(&second, data.data() + at + kBlock, kBlock);
    even = _mm256_add_epi64(even, _mm256_sad_epu8(first, zero));
    odd = _mm256_add_epi64(odd, _mm256_sad_epu8(second, zero));
  }
  std::array<std::uint64_t, 4> quarters{};
  const __m256i total = _mm256_add_epi64(even, odd);
  std::memcpy(quarters.data(), &total, kBlock);
  sum += static_cast<std::uint32_t>(quarters[0] + quarters[1] + quarters[2] + quarters[3]);
  return at;
}

// Sixteen bytes at a time. Returns how many were taken.
std::size_t SumBlocks(ByteSpan data, std::uint32_t& sum) {
  static const bool wide = __builtin_cpu_supports("avx2") != 0;
  if (wide) return SumWideBlocks(data, sum);
  constexpr std::size_t kBlock = sizeof(__m128i);
  const __m128i zero = _mm_setzero_si128();
  __m128i even = zero;
  __m128i odd = zero;
  std::size_t at = 0;
  for (; data.size() - at >= 2 * kBlock; at += 2 * kBlock) {
    __m128i first;
    __m128i second;
    std::memcpy(&first, data.data() + at, kBlock);
    std::memcpy(&second, data.data() + at + kBlock, kBlock);
    even = _mm_add_epi64(even, _mm_sad_epu8(first, zero));
    odd = _mm_add_epi64(odd, _mm_sad_epu8(second, zero));
  }
  std::array<std::uint64_t, 2> halves{};
  const __m128i total = _mm_add_epi64(even, odd);
  std::memcpy(halves.data(), &total, kBlock);
  sum += static_cast<std::uint32_t>(halves[0] + halves[1]);
  return at;
}
#else
std::size_t SumBlocks(ByteSpan /*data*/, std::uint32_t& /*sum*/) {
  return 0;
}
#endif

std::uint32_t SumOfBytes(ByteSpan data) {
  std::uint32_t sum = 0;
  std::size_t at = SumBlocks(data, sum);
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
