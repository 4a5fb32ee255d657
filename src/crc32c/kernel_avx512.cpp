// Folding 256 bytes a round with four 512-bit accumulators (VPCLMULQDQ).
#if defined(__x86_64__)

#include <immintrin.h>

#include "crc32c/gf2.hpp"
#include "crc32c/kernel.hpp"

namespace jireloc::crc32c {
namespace {

// As in kernel_sse42_pclmul.cpp, the same pair in each 128-bit lane.
template <size_t Bytes>
__m512i fold_constants() noexcept {
  constexpr uint32_t low = power_of_x(8 * Bytes + 64 - 33), high = power_of_x(8 * Bytes - 33);
  return _mm512_broadcast_i32x4(_mm_set_epi64x(high, low));
}

constexpr int kXorOfThree = 0x96;

__m512i fold(__m512i accumulator, __m512i constants, __m512i next) noexcept {
  return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(accumulator, constants, 0x00),
                                   _mm512_clmulepi64_epi128(accumulator, constants, 0x11), next, kXorOfThree);
}

__m128i fold(__m128i accumulator, __m128i constants, __m128i next) noexcept {
  return _mm_ternarylogic_epi64(_mm_clmulepi64_si128(accumulator, constants, 0x00),
                                _mm_clmulepi64_si128(accumulator, constants, 0x11), next, kXorOfThree);
}

uint32_t reduce(__m512i sum) noexcept {
  const __m128i by_one = _mm512_castsi512_si128(fold_constants<16>());
  __m128i lane = fold(_mm512_castsi512_si128(sum), by_one, _mm512_extracti32x4_epi32(sum, 1));
  lane = fold(lane, by_one, _mm512_extracti32x4_epi32(sum, 2));
  lane = fold(lane, by_one, _mm512_extracti32x4_epi32(sum, 3));
  const uint64_t state = _mm_crc32_u64(0, static_cast<uint64_t>(_mm_cvtsi128_si64(lane)));
  return static_cast<uint32_t>(_mm_crc32_u64(state, static_cast<uint64_t>(_mm_extract_epi64(lane, 1))));
}

// Takes all whole multiples of 64 bytes. Precondition: size >= 256.
uint32_t take_vectors(uint32_t state, const unsigned char*& data, size_t& size) noexcept {
  const auto load = [&](size_t k) { return _mm512_loadu_si512(data + 64 * k); };
  const __m512i head = _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(state)));
  __m512i a = _mm512_xor_si512(load(0), head), b = load(1), c = load(2), d = load(3);
  const __m512i by_four = fold_constants<256>();
  for (data += 256, size -= 256; size >= 256; data += 256, size -= 256) {
    a = fold(a, by_four, load(0));
    b = fold(b, by_four, load(1));
    c = fold(c, by_four, load(2));
    d = fold(d, by_four, load(3));
  }
  const __m512i by_one = fold_constants<64>();
  __m512i sum = fold(fold(fold(a, by_one, b), by_one, c), by_one, d);
  for (; size >= 64; data += 64, size -= 64) sum = fold(sum, by_one, load(0));
  return reduce(sum);
}

}  // namespace

uint32_t extend_avx512(uint32_t state, const unsigned char* data, size_t size) noexcept {
  if (size >= 256) state = take_vectors(state, data, size);
  return extend_sse42(state, data, size);
}

}  // namespace jireloc::crc32c

#endif
