// The CRC32C instructions of ARMv8 on three streams at a time, joined by carry-less multiplication (PMULL).
#if defined(__aarch64__)

#include <arm_acle.h>
#include <arm_neon.h>

#include <cstring>

#include "crc32c/gf2.hpp"
#include "crc32c/kernel.hpp"

namespace jireloc::crc32c {
namespace {

uint64_t load(const unsigned char* data) noexcept {
  uint64_t word;
  std::memcpy(&word, data, sizeof word);
  return word;
}

// The register moved on by `Bytes`, as a product that a CRC instruction over eight bytes is still to reduce.
template <size_t Bytes>
uint64_t shifted(uint32_t state) noexcept {
  constexpr uint32_t factor = power_of_x(8 * Bytes - 33);
  return vgetq_lane_u64(vreinterpretq_u64_p128(vmull_p64(state, factor)), 0);
}

template <size_t StreamSize>
uint32_t take_blocks(uint32_t state, const unsigned char*& data, size_t& size) noexcept {
  for (; size >= 3 * StreamSize; size -= 3 * StreamSize) {
    uint32_t second = 0, third = 0;
    for (const unsigned char* const end = data + StreamSize; data < end; data += 8) {
      state = __crc32cd(state, load(data));
      second = __crc32cd(second, load(data + StreamSize));
      third = __crc32cd(third, load(data + 2 * StreamSize));
    }
    state = __crc32cd(0, shifted<2 * StreamSize>(state) ^ shifted<StreamSize>(second)) ^ third;
    data += 2 * StreamSize;
  }
  return state;
}

}  // namespace

uint32_t extend_armv8(uint32_t state, const unsigned char* data, size_t size) noexcept {
  state = take_blocks<2048>(state, data, size);
  state = take_blocks<128>(state, data, size);
  for (; size >= 8; data += 8, size -= 8) state = __crc32cd(state, load(data));
  for (; size > 0; ++data, --size) state = __crc32cb(state, *data);
  return state;
}

}  // namespace jireloc::crc32c

#endif
