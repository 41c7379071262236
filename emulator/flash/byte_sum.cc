#include "emulator/flash/byte_sum.h"

#include <cstddef>
#include <numeric>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace mtkrig::emulator {
namespace {

std::uint16_t SumOneByOne(protocol::ByteSpan data) {
  const auto sum = std::accumulate(data.begin(), data.end(), std::uint32_t{0});
  return static_cast<std::uint16_t>(sum);
}

#if defined(__SSE2__)
constexpr std::size_t kVector = sizeof(__m128i);

// The sum of the two halves that psadbw leaves.
std::uint16_t Fold(__m128i sums) {
  const __m128i high = _mm_unpackhi_epi64(sums, sums);
  return static_cast<std::uint16_t>(_mm_cvtsi128_si32(_mm_add_epi64(sums, high)));
}
#endif

}  // namespace

std::uint16_t ByteSum(protocol::ByteSpan data) {
  std::uint16_t sum = 0;
#if defined(__SSE2__)
  const __m128i zero = _mm_setzero_si128();
  __m128i sums = zero;
  std::size_t at = 0;
  for (; data.size() - at >= kVector; at += kVector) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data.data() + at));
    sums = _mm_add_epi64(sums, _mm_sad_epu8(bytes, zero));
  }
  sum = Fold(sums);
  data = data.subspan(at);
#endif
  return static_cast<std::uint16_t>(sum + SumOneByOne(data));
}

std::uint16_t CopyAndSum(protocol::ByteSpan from, std::span<std::uint8_t> to) {
  std::uint16_t sum = 0;
  std::size_t at = 0;
#if defined(__SSE2__)
  const __m128i zero = _mm_setzero_si128();
  __m128i sums = zero;
  for (; from.size() - at >= kVector; at += kVector) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from.data() + at));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to.data() + at), bytes);
    sums = _mm_add_epi64(sums, _mm_sad_epu8(bytes, zero));
  }
  sum = Fold(sums);
#endif
  for (; at < from.size(); ++at) {
    to[at] = from[at];
    sum = static_cast<std::uint16_t>(sum + from[at]);
  }
  return sum;
}

}  // namespace mtkrig::emulator
