// Work for all threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>

#include "jireloc/in_order.hpp"

namespace jireloc {

// Calls work(i) for 0 <= i < count on several threads, the calling one among them. What it throws is thrown
// here, one of them, and calls not begun by then are dropped. Where threads were added, `threads.first` is
// their number afterwards: the next work of that kind begins with as many.
void for_all(Threads& threads, size_t count, const std::function<void(size_t)>& work);

// Things of which each takes so little work that a thread takes a share of them at a time: [begin, end).
struct Share {
  size_t begin = 0, end = 0;
};
class Shares {
 public:
  explicit Shares(size_t things) noexcept : things_(things) {}
  size_t count() const noexcept { return (things_ + kAtOnce - 1) / kAtOnce; }
  Share operator[](size_t share) const noexcept {
    return {share * kAtOnce, std::min(things_, (share + 1) * kAtOnce)};
  }

 private:
  static constexpr size_t kAtOnce = 64;
  size_t things_;
};
// for_all of the shares.
void for_all_shares(Threads& threads, size_t things, const std::function<void(Share)>& work);

}  // namespace jireloc
