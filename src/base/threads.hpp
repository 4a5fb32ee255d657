// Work for all threads.
#pragma once

#include <cstddef>
#include <functional>

#include "jireloc/in_order.hpp"

namespace jireloc {

// Calls work(i) for 0 <= i < count on several threads, the calling one among them. What it throws is thrown
// here, one of them, and calls not begun by then are dropped. Where threads were added, `threads.first` is
// their number afterwards: the next work of that kind begins with as many.
void for_all(Threads& threads, size_t count, const std::function<void(size_t)>& work);

}  // namespace jireloc
