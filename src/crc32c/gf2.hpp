// Polynomial arithmetic over GF(2) modulo the Castagnoli polynomial, in the reflected bit order of the
// checksum: the highest bit of a word is the coefficient of x^0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace jireloc::crc32c {

inline constexpr uint32_t kPolynomial = 0x82F63B78U;  // reflected, x^32 left out

// a * b mod P.
constexpr uint32_t multiply(uint32_t a, uint32_t b) noexcept {
  uint32_t product = 0;
  for (int bit = 31; bit >= 0; --bit) {
    product ^= (a >> bit & 1U) ? b : 0U;
    b = b >> 1 ^ ((b & 1U) ? kPolynomial : 0U);
  }
  return product;
}

constexpr std::array<uint32_t, 67> make_squares() noexcept {
  std::array<uint32_t, 67> squares{};
  squares[0] = 0x40000000U;  // x
  for (std::size_t k = 1; k < squares.size(); ++k) squares[k] = multiply(squares[k - 1], squares[k - 1]);
  return squares;
}
// kSquares[k] is x^(2^k) mod P.
inline constexpr std::array<uint32_t, 67> kSquares = make_squares();

// x^(n * 2^scale) mod P, for scale <= 3.
constexpr uint32_t power_of_x(uint64_t n, unsigned scale = 0) noexcept {
  uint32_t power = 0x80000000U;  // x^0
  for (unsigned k = scale; n != 0; ++k, n >>= 1) {
    if (n & 1U) power = multiply(kSquares[k], power);
  }
  return power;
}

// x^(8 n) mod P: what n appended bytes multiply a register by. The same as power_of_x(n, 3), by a table.
uint32_t power_of_bytes(uint64_t n) noexcept;

}  // namespace jireloc::crc32c
