// A fixed shift as four table look-ups: what interleaved streams are joined with where no carry-less
// multiplication is at hand.
#pragma once

#include <cstddef>
#include <cstdint>

#include "crc32c/gf2.hpp"

namespace jireloc::crc32c {

// Raw arrays and static use only: this header is compiled with special flags, and no function of it may be
// emitted for other files to link with.
struct ShiftTables {
  uint32_t entry[4][256];
};

// The operator "append `bytes` zero bytes" on a raw register.
consteval ShiftTables make_shift_tables(uint64_t bytes) {
  ShiftTables tables{};
  const uint32_t factor = power_of_x(bytes, 3);
  for (size_t k = 0; k < 4; ++k) {
    for (uint32_t bit = 0; bit < 8; ++bit) tables.entry[k][1U << bit] = multiply(factor, 1U << (8 * k + bit));
    for (size_t byte = 1; byte < 256; ++byte) {
      const size_t lowest = byte & (~byte + 1);
      tables.entry[k][byte] = tables.entry[k][lowest] ^ tables.entry[k][byte ^ lowest];
    }
  }
  return tables;
}

}  // namespace jireloc::crc32c
