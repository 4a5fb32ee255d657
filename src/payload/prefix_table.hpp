// Paths by the folders that they lie in: the time for a path does not grow with the number of folders.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "payload/path_pattern.hpp"

namespace jireloc::payload {

// What is known of folders; "" is the root. A folder is found as is_path_prefix (jireloc/path_map.hpp) finds
// it.
template <typename Value>
class PrefixTable {
 public:
  // The first of equal folders counts.
  void add(std::string folder, Value value) { values_.emplace(std::move(folder), std::move(value)); }
  // Of the longest folder that is `path` or lies above it; null where none does.
  const Value* longest(std::string_view path) const {
    const std::string_view separators = paths::separators(path);
    for (size_t end = path.size();; end = path.find_last_of(separators, end - 1)) {
      if (end == std::string_view::npos) return nullptr;
      if (const auto found = values_.find(path.substr(0, end)); found != values_.end()) return &found->second;
      if (end == 0) return nullptr;
    }
  }
  bool holds(std::string_view path) const { return longest(path) != nullptr; }

 private:
  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace jireloc::payload
