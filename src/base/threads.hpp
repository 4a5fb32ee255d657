// How many threads work, and work for all of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

namespace jireloc {

// How many threads to begin with, and how many at most while those wait for files (see BlockedTime).
struct Threads {
  int first = 1, most = 1;
  explicit Threads(int number) : Threads(number, number) {}
  Threads(int first_ones, int most_ones) : first(std::max(1, first_ones)), most(std::max(first, most_ones)) {}
};

// Calls work(i) for 0 <= i < count on several threads, the calling one among them. What it throws is thrown
// here, one of them, and calls not begun by then are dropped. Where threads were added, `threads.first` is
// their number afterwards: the next work of that kind begins with as many.
void for_all(Threads& threads, size_t count, const std::function<void(size_t)>& work);

// Calls work(i) once for 0 <= i < needs.size(), when it has returned for all of needs[i]. Items that need each
// other in a circle, and what needs those, come last, in any order. What work throws is thrown here, one of
// them, and calls not begun by then are dropped.
void for_all_by_need(const Threads& threads, const std::vector<std::vector<size_t>>& needs,
                     const std::function<void(size_t)>& work);

}  // namespace jireloc
