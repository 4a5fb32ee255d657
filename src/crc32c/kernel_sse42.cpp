// The crc32 instruction on three streams at a time: it takes three cycles, and one can start each cycle.
#if defined(__x86_64__)

#include <nmmintrin.h>

#include <cstring>

#include "crc32c/kernel.hpp"
#include "crc32c/shift_tables.hpp"

namespace jireloc::crc32c {
namespace {

uint64_t load(const unsigned char* data) noexcept {
  uint64_t word;
  std::memcpy(&word, data, sizeof word);
  return word;
}

template <size_t StreamSize>
struct Streams {
  static constexpr ShiftTables kByOne = make_shift_tables(StreamSize);
  static constexpr size_t kSize = 3 * StreamSize;
};

uint64_t shifted(const ShiftTables& tables, uint64_t state) noexcept {
  return tables.entry[0][state & 0xFFU] ^ tables.entry[1][state >> 8 & 0xFFU] ^
         tables.entry[2][state >> 16 & 0xFFU] ^ tables.entry[3][state >> 24 & 0xFFU];
}

// Takes as many blocks of three streams as there are.
template <size_t StreamSize>
uint64_t take_blocks(uint64_t state, const unsigned char*& data, size_t& size) noexcept {
  const ShiftTables& by_one = Streams<StreamSize>::kByOne;
  for (; size >= Streams<StreamSize>::kSize; size -= Streams<StreamSize>::kSize) {
    uint64_t second = 0, third = 0;
    for (const unsigned char* const end = data + StreamSize; data < end; data += 8) {
      state = _mm_crc32_u64(state, load(data));
      second = _mm_crc32_u64(second, load(data + StreamSize));
      third = _mm_crc32_u64(third, load(data + 2 * StreamSize));
    }
    state = shifted(by_one, shifted(by_one, state) ^ second) ^ third;
    data += 2 * StreamSize;
  }
  return state;
}

}  // namespace

uint32_t extend_sse42(uint32_t state, const unsigned char* data, size_t size) noexcept {
  uint64_t wide = take_blocks<8192>(state, data, size);
  wide = take_blocks<256>(wide, data, size);
  for (; size >= 8; data += 8, size -= 8) wide = _mm_crc32_u64(wide, load(data));
  state = static_cast<uint32_t>(wide);
  for (; size > 0; ++data, --size) state = _mm_crc32_u8(state, *data);
  return state;
}

}  // namespace jireloc::crc32c

#endif
