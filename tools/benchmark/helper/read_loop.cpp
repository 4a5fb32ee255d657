// Compiled with the widest vectors of the machine (see CMakeLists.txt).
#include <cstring>

#include "benchmark/helper/modes.hpp"

namespace bench {

uint64_t read_loop(const char* data, size_t size) noexcept {
  constexpr size_t kLanes = 32, kAhead = 4096;
  uint64_t sums[kLanes] = {};
  size_t at = 0;
  for (; at + sizeof sums <= size; at += sizeof sums) {
    // The processor's own prefetching stops at pages.
    for (size_t line = 0; line < sizeof sums; line += 64) __builtin_prefetch(data + at + kAhead + line);
    uint64_t words[kLanes];
    std::memcpy(words, data + at, sizeof words);
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += words[lane];
  }
  uint64_t total = 0;
  for (const uint64_t sum : sums) total += sum;
  for (; at < size; ++at) total += static_cast<unsigned char>(data[at]);
  return total;
}

}  // namespace bench
