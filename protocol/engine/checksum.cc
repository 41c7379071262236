#include "protocol/engine/checksum.h"

#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace mtkrig::protocol {

std::uint16_t ByteSum16(ByteSpan data) {
  std::uint64_t sum = 0;
  std::size_t at = 0;
#if defined(__SSE2__)
  // PSADBW adds eight bytes into a 64-bit lane. Four accumulators hide its latency.
  constexpr std::size_t kStride = 64;
  const __m128i zero = _mm_setzero_si128();
  __m128i a = zero;
  __m128i b = zero;
  __m128i c = zero;
  __m128i d = zero;
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
#endif
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
