// Lists in which nothing is named twice.
#pragma once

#include <unordered_set>
#include <vector>

namespace jireloc {

// Leaves of each value the first one, in their order.
template <typename T>
void keep_first_of_equals(std::vector<T>& values) {
  std::unordered_set<T> seen;
  std::erase_if(values, [&](const T& value) { return !seen.insert(value).second; });
  values.shrink_to_fit();
}

}  // namespace jireloc
