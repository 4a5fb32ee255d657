// CRC-32C (Castagnoli) as Julia's cache files use it, and the algebra that relocation needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace jireloc::crc32c {

// The checksum of `data` appended to bytes whose checksum is `crc` (0 for none). Chains as Julia's
// jl_crc32c does (src/crc32c.c, all versions): extend(extend(0, a), b) is the checksum of a followed by b.
uint32_t extend(uint32_t crc, const void* data, size_t size) noexcept;

inline uint32_t value(std::string_view data) noexcept {
  return extend(0, data.data(), data.size());
}

// The checksum of a followed by b, from those of a and b and the length of b in bytes. O(log length_b).
uint32_t combine(uint32_t crc_a, uint32_t crc_b, uint64_t length_b) noexcept;

// What a difference (xor) of two checksums of equally long heads becomes after `length` equal bytes follow:
// crc(H'|T) == crc(H|T) ^ shift(crc(H) ^ crc(H'), |T|). Linear in `difference`. O(log length).
uint32_t shift(uint32_t difference, uint64_t length) noexcept;

// The kernels that this build and this processor have. Tests and benchmarks run them all.
enum class Kernel { portable, sse42, sse42_pclmul, avx512, armv8 };
std::string_view name(Kernel kernel) noexcept;
std::vector<Kernel> available_kernels();
// The kernel that extend() has chosen.
Kernel chosen_kernel() noexcept;
// Precondition: `kernel` is one of available_kernels().
uint32_t extend_with(Kernel kernel, uint32_t crc, const void* data, size_t size) noexcept;

// Keeping a checksum: bytes at which a message may be changed at will.
struct FreeBytes {
  uint64_t offset;  // from the start of the message
  uint64_t size;    // in bytes
};

struct Solution {
  // One value for each free byte, in order of the extents given, to be written over it. The free bytes are
  // taken to be zero before.
  std::vector<uint8_t> values;
  int rank = 0;            // how many independent bits were found (32 is enough for every difference)
  uint64_t free_bits = 0;  // how many there were in all
};

// Finds values of the free bytes (now zero) of a message of `length` bytes that change its checksum by
// `difference` (xor). The choice is a fixed one: the same extents and difference give the same values, and a
// zero difference gives all zeros. Empty if the free bits do not suffice. At most 2^16 free bits are looked
// at.
std::optional<Solution> solve(uint32_t difference, uint64_t length, std::span<const FreeBytes> free);

// How many independent bits the free bytes offer: Solution::rank, also where they do not suffice.
int rank(uint64_t length, std::span<const FreeBytes> free);

}  // namespace jireloc::crc32c
