#include "bytes/find.hpp"

#include <cstdint>
#include <cstring>

namespace jireloc::bytes {
namespace {

// Generic vectors: the compiler makes SSE2 or NEON of them, which every processor of the two architectures
// has.
using Block = uint8_t __attribute__((vector_size(16)));
using Halves = uint64_t __attribute__((vector_size(16)));
constexpr size_t kBlock = sizeof(Block);
constexpr size_t kStep = 4 * kBlock;

Block load(const char* bytes) noexcept {
  Block block;
  std::memcpy(&block, bytes, kBlock);
  return block;
}

// 0xFF where both the first and the last byte of the needle fit.
Block candidates(const char* at, size_t distance, Block first, Block last) noexcept {
  return reinterpret_cast<Block>((load(at) == first) & (load(at + distance) == last));
}

bool any(Block block) noexcept {
  const auto halves = reinterpret_cast<Halves>(block);
  return (halves[0] | halves[1]) != 0;
}

size_t find_plainly(std::string_view haystack, std::string_view needle, size_t from, size_t end) noexcept {
  for (size_t at = from; at < end; ++at) {
    if (haystack[at] == needle[0] && haystack.compare(at, needle.size(), needle) == 0) return at;
  }
  return std::string_view::npos;
}

}  // namespace

size_t find(std::string_view haystack, std::string_view needle, size_t from) noexcept {
  if (from > haystack.size() || haystack.size() - from < needle.size()) return std::string_view::npos;
  const size_t places = haystack.size() - needle.size() + 1;
  const size_t distance = needle.size() - 1;
  const Block first = Block{} + static_cast<uint8_t>(needle.front());
  const Block last = Block{} + static_cast<uint8_t>(needle.back());
  size_t at = from;
  for (; at + kStep <= places; at += kStep) {
    const char* const bytes = haystack.data() + at;
    Block hits[4];
    for (size_t k = 0; k < 4; ++k) hits[k] = candidates(bytes + k * kBlock, distance, first, last);
    if (!any(hits[0] | hits[1] | hits[2] | hits[3])) continue;
    const size_t found = find_plainly(haystack, needle, at, at + kStep);
    if (found != std::string_view::npos) return found;
  }
  return find_plainly(haystack, needle, at, places);
}

}  // namespace jireloc::bytes
