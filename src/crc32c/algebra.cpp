// combine and shift: what appended bytes do to a checksum, without looking at them.
#include "crc32c/gf2.hpp"
#include "jireloc/crc32c.hpp"

namespace jireloc::crc32c {

uint32_t shift(uint32_t difference, uint64_t length) noexcept {
  return multiply(power_of_x(length, 3), difference);  // a byte is x^8
}

uint32_t combine(uint32_t crc_a, uint32_t crc_b, uint64_t length_b) noexcept {
  return shift(crc_a, length_b) ^ crc_b;
}

}  // namespace jireloc::crc32c
