// How much of an image to hold in memory while others are worked on too.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "jireloc/rewrite.hpp"

namespace jireloc::rewriting {

// Counts the images that are worked on at the same time, by `count`. An image takes up to `copies` times the
// size of its larger file: itself and its library, each as it was and as it is written. Together all stay
// below 32 MiB, however many threads there are.
class InFlight {
 public:
  InFlight(std::atomic<uint64_t>& count, uint64_t copies) : count_(count), now_(++count), copies_(copies) {}
  ~InFlight() { --count_; }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  // The largest file to read as a whole.
  uint64_t largest_in_memory() const {
    constexpr uint64_t kTogether = uint64_t{32} << 20;
    return std::min(kLargestInMemory, kTogether / copies_ / now_);
  }

 private:
  std::atomic<uint64_t>& count_;
  const uint64_t now_, copies_;
};

}  // namespace jireloc::rewriting
