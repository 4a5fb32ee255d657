// Folding and the crc32 instruction side by side: they run on different ports, so that together they go
// nearly twice as fast as either. A block is a part that is folded, followed by three streams.
#if defined(__x86_64__)

#include <nmmintrin.h>
#include <wmmintrin.h>

#include <cstring>

#include "crc32c/gf2.hpp"
#include "crc32c/kernel.hpp"

namespace jireloc::crc32c {
namespace {

constexpr size_t kFoldStep = 64;    // bytes folded in one round: four accumulators
constexpr size_t kStreamStep = 24;  // bytes of each stream in one round: three instructions

uint64_t load(const unsigned char* data) noexcept {
  uint64_t word;
  std::memcpy(&word, data, sizeof word);
  return word;
}

__m128i load_vector(const unsigned char* data) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
}

// The two constants that move 16 bytes on by `bytes`. A carry-less product of reflected words comes out one
// bit low, and a 32-bit constant in a 64-bit word stands 32 bits low: hence 33.
template <size_t Bytes>
__m128i fold_constants() noexcept {
  constexpr uint32_t low = power_of_x(8 * Bytes + 64 - 33), high = power_of_x(8 * Bytes - 33);
  return _mm_set_epi64x(high, low);
}

__m128i fold(__m128i accumulator, __m128i constants, __m128i next) noexcept {
  return _mm_xor_si128(next, _mm_xor_si128(_mm_clmulepi64_si128(accumulator, constants, 0x00),
                                           _mm_clmulepi64_si128(accumulator, constants, 0x11)));
}

// The register moved on by `Bytes`, as a product that is still to be reduced by a crc32 instruction, which
// itself moves on by 32 bits.
template <size_t Bytes>
uint64_t shifted(uint64_t state) noexcept {
  constexpr uint32_t factor = power_of_x(8 * Bytes - 33);
  return static_cast<uint64_t>(_mm_cvtsi128_si64(_mm_clmulepi64_si128(
      _mm_cvtsi64_si128(static_cast<long long>(state)), _mm_cvtsi64_si128(factor), 0x00)));
}

// The register after 64 folded bytes with a register of zero before them.
uint64_t reduce(const __m128i (&accumulators)[4]) noexcept {
  const __m128i by_one = fold_constants<16>();
  __m128i sum = fold(accumulators[0], by_one, accumulators[1]);
  sum = fold(sum, by_one, accumulators[2]);
  sum = fold(sum, by_one, accumulators[3]);
  const uint64_t state = _mm_crc32_u64(0, static_cast<uint64_t>(_mm_cvtsi128_si64(sum)));
  return _mm_crc32_u64(state, static_cast<uint64_t>(_mm_extract_epi64(sum, 1)));
}

template <size_t Rounds>
uint64_t take_block(uint64_t state, const unsigned char* data) noexcept {
  constexpr size_t kStream = Rounds * kStreamStep;
  const unsigned char* stream = data + Rounds * kFoldStep;
  const __m128i by_four = fold_constants<kFoldStep>();
  __m128i accumulators[4] = {
      _mm_xor_si128(load_vector(data), _mm_cvtsi64_si128(static_cast<long long>(state))),
      load_vector(data + 16), load_vector(data + 32), load_vector(data + 48)};
  uint64_t first = 0, second = 0, third = 0;
  const auto stream_round = [&] {
    for (size_t k = 0; k < kStreamStep; k += 8) {
      first = _mm_crc32_u64(first, load(stream + k));
      second = _mm_crc32_u64(second, load(stream + kStream + k));
      third = _mm_crc32_u64(third, load(stream + 2 * kStream + k));
    }
    stream += kStreamStep;
  };
  stream_round();
  for (size_t round = 1; round < Rounds; ++round) {
    data += kFoldStep;
    for (size_t k = 0; k < 4; ++k)
      accumulators[k] = fold(accumulators[k], by_four, load_vector(data + 16 * k));
    stream_round();
  }
  const uint64_t products =
      shifted<3 * kStream>(reduce(accumulators)) ^ shifted<2 * kStream>(first) ^ shifted<kStream>(second);
  return _mm_crc32_u64(0, products) ^ third;
}

template <size_t Rounds>
uint64_t take_blocks(uint64_t state, const unsigned char*& data, size_t& size) noexcept {
  constexpr size_t kBlock = Rounds * (kFoldStep + 3 * kStreamStep);
  for (; size >= kBlock; data += kBlock, size -= kBlock) state = take_block<Rounds>(state, data);
  return state;
}

}  // namespace

uint32_t extend_sse42_pclmul(uint32_t state, const unsigned char* data, size_t size) noexcept {
  uint64_t wide = take_blocks<120>(state, data, size);  // 16320 bytes
  wide = take_blocks<8>(wide, data, size);              // 1088 bytes
  return extend_sse42(static_cast<uint32_t>(wide), data, size);
}

}  // namespace jireloc::crc32c

#endif
