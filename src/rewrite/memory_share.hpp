// How much of an image to hold in memory while others are worked on too.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "jireloc/rewrite.hpp"

namespace jireloc::rewriting {

// What the images that are worked on at the same time may hold in memory, together. Thread-safe.
class MemoryBudget {
 public:
  static constexpr uint64_t kTogether = uint64_t{40} << 20;

 private:
  friend class MemoryShare;
  std::atomic<uint64_t> left_{kTogether};
};

// One image's share: half of what is left. So all stay within the budget, however many there are, and as they
// come and go their shares become alike. An image takes up to `copies` times the size of its larger file:
// four for itself and its library, each as it was and as it is written.
class MemoryShare {
 public:
  MemoryShare(MemoryBudget& budget, uint64_t copies) : budget_(budget), copies_(copies) {
    uint64_t left = budget_.left_;
    do {
      share_ = std::min(left / 2, copies_ * kLargestInMemory);
    } while (!budget_.left_.compare_exchange_weak(left, left - share_));
  }
  ~MemoryShare() { budget_.left_ += share_; }
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;

  // The largest file to read as a whole.
  uint64_t largest_in_memory() const { return share_ / copies_; }

 private:
  MemoryBudget& budget_;
  const uint64_t copies_;
  uint64_t share_ = 0;
};

}  // namespace jireloc::rewriting
