// Many paths looked for at once: the time for a text does not grow with their number.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "payload/path_pattern.hpp"

namespace jireloc::payload {

// The last components in one trie; where one of them ends, what precedes it in another, from its end, with
// one separator for every run.
class PatternTrie {
 public:
  explicit PatternTrie(std::span<const PathPattern> patterns);

  // Calls `found(pattern, begin, path_end)` for each spelling whose last component begins at `at`.
  using Found = std::function<void(size_t pattern, size_t begin, size_t path_end)>;
  void find_at(std::string_view bytes, size_t at, const Found& found) const;

 private:
  struct Node {
    uint32_t heads = 0;            // root of what precedes the component that ends here; 0: none does
    std::vector<size_t> patterns;  // those that are complete here
  };
  struct Kind {  // paths with `/` alone, and those with `\` too
    bool windows = false;
    uint32_t root = 0;
  };

  uint32_t child(uint32_t node, char byte) const;
  uint32_t add_child(uint32_t node, char byte);
  void add(Kind& kind, size_t number);
  void find_heads(const Kind& kind, std::string_view bytes, size_t at, size_t path_end, uint32_t node,
                  const Found& found) const;

  std::span<const PathPattern> patterns_;
  std::vector<Node> nodes_{1};  // number 0 stands for none
  std::unordered_map<uint64_t, uint32_t> children_;
  Kind kinds_[2];
};

}  // namespace jireloc::payload
