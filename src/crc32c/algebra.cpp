// combine and shift: what appended bytes do to a checksum, without looking at them.
#include "crc32c/gf2.hpp"
#include "jireloc/crc32c.hpp"

namespace jireloc::crc32c {
namespace {

// entry[k][d] is x^(8 d 256^k): one factor for each byte of a length.
struct BytePowers {
  uint32_t entry[8][256];
};

constexpr BytePowers make_byte_powers() {
  BytePowers powers{};
  for (size_t k = 0; k < 8; ++k) {
    powers.entry[k][0] = 0x80000000U;  // x^0
    for (size_t digit = 1; digit < 256; ++digit)
      powers.entry[k][digit] = multiply(kSquares[3 + 8 * k], powers.entry[k][digit - 1]);
  }
  return powers;
}
constexpr BytePowers kBytePowers = make_byte_powers();

}  // namespace

uint32_t power_of_bytes(uint64_t n) noexcept {
  uint32_t power = kBytePowers.entry[0][n & 0xFF];
  for (size_t k = 1; (n >>= 8) != 0; ++k)
    if ((n & 0xFF) != 0) power = multiply(kBytePowers.entry[k][n & 0xFF], power);
  return power;
}

uint32_t shift(uint32_t difference, uint64_t length) noexcept {
  return multiply(power_of_bytes(length), difference);
}

uint32_t combine(uint32_t crc_a, uint32_t crc_b, uint64_t length_b) noexcept {
  return shift(crc_a, length_b) ^ crc_b;
}

}  // namespace jireloc::crc32c
