#include "protocol/engine/checksum.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <cpuid.h>
#include <emmintrin.h>
#endif

namespace mtkrig::protocol {

namespace {

// Into a general register: a compiler that made vectors of it would undo what words are for.
std::uint64_t LoadWord(const std::uint8_t* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  asm("" : "+r"(word));  // NOLINT(hicpp-no-assembler)
  return word;
}

#if defined(__SSE2__)
// Sums what fills whole blocks, and says how much that was.
std::size_t SumBlocks(ByteSpan data, std::uint64_t& sum) {
  // PSADBW adds eight bytes into a 64-bit lane. Four accumulators hide its latency.
  constexpr std::size_t kStride = 64;
  const __m128i zero = _mm_setzero_si128();
  __m128i a = zero;
  __m128i b = zero;
  __m128i c = zero;
  __m128i d = zero;
  std::size_t at = 0;
  for (; data.size() - at >= kStride; at += kStride) {
    const auto* block = reinterpret_cast<const __m128i*>(data.data() + at);
    a = _mm_add_epi64(a, _mm_sad_epu8(_mm_loadu_si128(block), zero));
    b = _mm_add_epi64(b, _mm_sad_epu8(_mm_loadu_si128(block + 1), zero));
    c = _mm_add_epi64(c, _mm_sad_epu8(_mm_loadu_si128(block + 2), zero));
    d = _mm_add_epi64(d, _mm_sad_epu8(_mm_loadu_si128(block + 3), zero));
  }
  const __m128i lanes = _mm_add_epi64(_mm_add_epi64(a, b), _mm_add_epi64(c, d));
  sum += static_cast<std::uint64_t>(_mm_cvtsi128_si64(lanes));
  sum += static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(lanes, lanes)));
  return at;
}

// QEMU without hardware support calls a function for every vector instruction: 8 ms for a MiB,
// where plain words take 0.3. It names itself in the leaf that hypervisors have.
bool VectorsAreTranslated() {
  constexpr unsigned kHypervisorLeaf = 0x40000000;
  constexpr unsigned kHypervisorPresent = 1U << 31;
  constexpr std::string_view kTranslator = "TCGTCGTCGTCG";
  unsigned a = 0;
  std::array<unsigned, 3> name = {};
  unsigned features = 0;
  if (__get_cpuid(1, &a, &name[0], &features, &name[2]) == 0) return false;
  if ((features & kHypervisorPresent) == 0) return false;
  __cpuid(kHypervisorLeaf, a, name[0], name[1], name[2]);
  return std::memcmp(name.data(), kTranslator.data(), kTranslator.size()) == 0;
}
#endif

}  // namespace

std::uint16_t ByteSum16(ByteSpan data) {
#if defined(__SSE2__)
  static const bool use_words = VectorsAreTranslated();
  if (use_words) return ByteSum16OfWords(data);
  std::uint64_t sum = 0;
  std::size_t at = SumBlocks(data, sum);
  for (; at < data.size(); ++at) sum += data[at];
  return static_cast<std::uint16_t>(sum);
#else
  return ByteSum16OfWords(data);
#endif
}

std::uint16_t ByteSum16OfWords(ByteSpan data) {
  // The odd bytes of words are added in lanes of 16 bits, which a round cannot overflow. The sum of
  // whole words, modulo 2^64, has them a byte higher: without them it is the even bytes' lanes.
  constexpr std::uint64_t kEvenBytes = 0x00ff00ff00ff00ffULL;
  constexpr std::size_t kRound = 128 * sizeof(std::uint64_t);
  constexpr unsigned kLane = 16;
  std::uint64_t sum = 0;
  std::size_t at = 0;
  while (data.size() - at >= sizeof(std::uint64_t)) {
    std::uint64_t words = 0;
    std::uint64_t odd = 0;
    const std::size_t left = std::min(kRound, data.size() - at);
    const std::size_t end = at + left - left % sizeof(words);
    const auto add = [&](std::size_t from) {
      std::uint64_t word = LoadWord(data.data() + from);
      words += word;
      odd += (word >> 8) & kEvenBytes;
    };
    constexpr std::size_t kUnrolled = 4 * sizeof(words);
    for (; end - at >= kUnrolled; at += kUnrolled) {
      for (std::size_t i = 0; i < kUnrolled; i += sizeof(words)) add(at + i);
    }
    for (; at < end; at += sizeof(words)) add(at);
    const std::uint64_t even = words - (odd << 8);
    for (unsigned shift = 0; shift < 64; shift += kLane) {
      sum += ((odd >> shift) & 0xffff) + ((even >> shift) & 0xffff);
    }
  }
  for (; at < data.size(); ++at) sum += data[at];
  return static_cast<std::uint16_t>(sum);
}

std::uint16_t WordXor16(ByteSpan data) {
  std::uint64_t folded = 0;
  std::size_t at = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (; data.size() - at >= sizeof(folded); at += sizeof(folded)) {
      std::uint64_t block = 0;
      std::memcpy(&block, data.data() + at, sizeof(block));
      folded ^= block;
    }
    folded ^= folded >> 32;
    folded ^= folded >> 16;
  }
  auto value = static_cast<std::uint16_t>(folded);
  for (; at < data.size(); ++at) {
    const unsigned shift = at % 2 == 0 ? 0 : 8;
    value = static_cast<std::uint16_t>(value ^ (data[at] << shift));
  }
  return value;
}

}  // namespace mtkrig::protocol
