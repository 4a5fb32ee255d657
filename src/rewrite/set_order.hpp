// Which images of a run rest on which: where texts grow, dependencies must be planned before their
// dependents.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jireloc/cache_file.hpp"

namespace jireloc::rewriting {

// Builds that images outside of the inputs ask for. An input that grows under a new identity would be lost to
// them.
class OutsideNeeds {
 public:
  void add(const std::string& path, const CacheFile& header);
  // The paths of the images that ask for this one, and are not served by another one outside.
  std::vector<std::string> who_needs(const CacheFile& image) const;

 private:
  using Build = std::pair<uint64_t, uint64_t>;  // id: high, low
  std::multimap<Build, std::string> needed_;
  std::set<Build> provided_;
};

// "A, B and 3 more"
std::string some_of(const std::vector<std::string>& paths);

class SetOrder {
 public:
  // Nothing for a file that cannot be read: it rests on nothing.
  void add(const std::optional<CacheFile>& header);
  // By number, in the order in which they were added: the numbers of those that an image rests on.
  std::vector<std::vector<size_t>> needs() const;

 private:
  using Build = std::pair<uint64_t, uint64_t>;
  struct Node {
    std::vector<Build> needs;
  };
  std::vector<Node> nodes_;
  std::multimap<Build, size_t> providers_;
};

}  // namespace jireloc::rewriting
