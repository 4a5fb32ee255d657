// Which images of a run rest on which: where texts grow, dependencies must be planned before their
// dependents.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "jireloc/cache_file.hpp"

namespace jireloc::rewriting {

// Builds that images outside of the inputs ask for. An input that grows under a new identity would be lost to
// them.
class OutsideNeeds {
 public:
  void add(const std::string& path, const CacheFile& header);
  // The path of an image that asks for this one; nothing where none does.
  std::optional<std::string> who_needs(const CacheFile& image) const;

 private:
  std::map<std::pair<uint64_t, uint64_t>, std::string> needed_;  // by build id: high, low
};

class SetOrder {
 public:
  // Nothing for a file that cannot be read: it rests on nothing.
  void add(const std::optional<CacheFile>& header);
  // The numbers of what was added, from 0, level by level: what an image rests on is in earlier levels (but
  // for a cycle's; none is real).
  std::vector<std::vector<size_t>> levels() const;

 private:
  using Build = std::pair<uint64_t, uint64_t>;
  struct Node {
    std::vector<Build> needs;
  };
  std::vector<Node> nodes_;
  std::multimap<Build, size_t> providers_;
};

}  // namespace jireloc::rewriting
