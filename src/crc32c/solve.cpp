// Keeping a checksum through free bytes: Gaussian elimination over GF(2).
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#include "crc32c/gf2.hpp"
#include "jireloc/crc32c.hpp"

namespace jireloc::crc32c {
namespace {

constexpr uint64_t kMaxFreeBits = 1U << 16;

// A change of the checksum that a set of basis bits can make.
struct Row {
  uint32_t change = 0;
  uint32_t chosen = 0;  // which of the basis bits, by their index
};

// The first linearly independent bits met, in the order of the extents, least significant bit of a byte
// first.
class Basis {
 public:
  bool complete() const { return size_ == 32; }
  int rank() const { return size_; }

  void offer(uint32_t change, size_t bit) {
    Row row{change, 0};
    reduce(row);
    if (row.change == 0) return;
    row.chosen ^= 1U << size_;
    bits_[size_++] = bit;
    rows_[static_cast<size_t>(std::countl_zero(row.change))] = row;
  }

  // The bits that make `difference`, or none.
  std::optional<std::vector<size_t>> express(uint32_t difference) const {
    Row row{difference, 0};
    reduce(row);
    if (row.change != 0) return std::nullopt;
    std::vector<size_t> bits;
    for (int k = 0; k < size_; ++k) {
      if (row.chosen >> k & 1U) bits.push_back(bits_[static_cast<size_t>(k)]);
    }
    return bits;
  }

 private:
  void reduce(Row& row) const {
    for (size_t lead = 0; lead < 32; ++lead) {
      if ((row.change & 0x80000000U >> lead) == 0 || rows_[lead].change == 0) continue;
      row.change ^= rows_[lead].change;
      row.chosen ^= rows_[lead].chosen;
    }
  }

  std::array<Row, 32> rows_{};     // by leading bit
  std::array<size_t, 32> bits_{};  // the free bit behind each basis index
  int size_ = 0;
};

// Offers the free bits to a basis, up to the limit. Gives how many there were.
uint64_t collect(Basis& basis, uint64_t length, std::span<const FreeBytes> free) {
  uint64_t bits = 0, all_bits = 0;
  for (const FreeBytes& extent : free) {
    all_bits += 8 * std::min(extent.size, kMaxFreeBits);
    for (uint64_t k = 0; k < extent.size && bits < kMaxFreeBits && !basis.complete(); ++k, bits += 8) {
      // The register takes a byte's bits in at its low end; eight zero bits move them up by one byte.
      const uint32_t byte_step = power_of_bytes(length - (extent.offset + k));
      for (unsigned bit = 0; bit < 8; ++bit) basis.offer(multiply(byte_step, 1U << bit), bits + bit);
    }
  }
  return std::min<uint64_t>(all_bits, kMaxFreeBits);
}

}  // namespace

std::optional<Solution> solve(uint32_t difference, uint64_t length, std::span<const FreeBytes> free) {
  Basis basis;
  Solution solution;
  solution.free_bits = collect(basis, length, free);
  solution.rank = basis.rank();
  const auto bits = basis.express(difference);
  if (!bits) return std::nullopt;
  uint64_t total = 0;
  for (const FreeBytes& extent : free) total += extent.size;
  solution.values.resize(total);
  for (size_t bit : *bits) solution.values[bit / 8] |= static_cast<uint8_t>(1U << bit % 8);
  return solution;
}

int rank(uint64_t length, std::span<const FreeBytes> free) {
  Basis basis;
  collect(basis, length, free);
  return basis.rank();
}

}  // namespace jireloc::crc32c
