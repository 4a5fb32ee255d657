// Work for all threads of which what follows is done for many at a time.
#pragma once

#include <cstddef>
#include <functional>

#include "jireloc/in_order.hpp"

namespace jireloc {

// So many groups are begun and not finished, at most.
inline constexpr size_t kOpenGroups = 3;

// Numbers from 0 to `count`, `size` to a group (fewer in the last). Calls work(i) for each on several
// threads, the calling one among them, and finish(begin, end) for each group, on the calling thread, in
// order, when work has returned for all of it; the other threads go on with the next groups meanwhile. What
// either throws is thrown here, one of them, and calls not begun by then are dropped. `threads` as in
// for_all.
void for_all_in_groups(Threads& threads, size_t count, size_t size, const std::function<void(size_t)>& work,
                       const std::function<void(size_t, size_t)>& finish);

}  // namespace jireloc
