#include "payload/pattern_trie.hpp"

namespace jireloc::payload {
namespace {

bool separates(bool windows, char byte) {
  return paths::is_separator(byte, windows);
}

}  // namespace

PatternTrie::PatternTrie(std::span<const PathPattern> patterns) : patterns_(patterns) {
  kinds_[1].windows = true;
  for (Kind& kind : kinds_) {
    kind.root = static_cast<uint32_t>(nodes_.size());
    nodes_.emplace_back();
  }
  for (size_t k = 0; k < patterns.size(); ++k) add(kinds_[is_windows_path(patterns[k].path()) ? 1 : 0], k);
}

uint32_t PatternTrie::child(uint32_t node, char byte) const {
  const auto found = children_.find(uint64_t{node} << 8 | static_cast<unsigned char>(byte));
  return found == children_.end() ? 0 : found->second;
}

uint32_t PatternTrie::add_child(uint32_t node, char byte) {
  const auto [place, inserted] =
      children_.emplace(uint64_t{node} << 8 | static_cast<unsigned char>(byte), nodes_.size());
  if (inserted) nodes_.emplace_back();
  return place->second;
}

void PatternTrie::add(Kind& kind, size_t number) {
  const std::string& path = patterns_[number].path();
  const std::string& needle = patterns_[number].needle();
  uint32_t node = kind.root;
  for (const char byte : needle) node = add_child(node, byte);
  if (nodes_[node].heads == 0) {
    nodes_.emplace_back();
    nodes_[node].heads = static_cast<uint32_t>(nodes_.size() - 1);
  }
  node = nodes_[node].heads;
  char last = 0;
  for (size_t at = path.size() - needle.size(); at > 0; --at) {
    const char byte = separates(kind.windows, path[at - 1]) ? '/' : path[at - 1];
    if (byte != '/' || last != '/') node = add_child(node, byte);  // two stand at the head of a share
    last = byte;
  }
  nodes_[node].patterns.push_back(number);
}

void PatternTrie::find_at(std::string_view bytes, size_t at, const Found& found) const {
  if (at == 0) return;
  for (const Kind& kind : kinds_) {
    if (!separates(kind.windows, bytes[at - 1])) continue;
    uint32_t node = kind.root;
    for (size_t end = at; end < bytes.size(); ++end) {
      node = child(node, bytes[end]);
      if (node == 0) break;
      if (nodes_[node].heads != 0) find_heads(kind, bytes, at, end + 1, nodes_[node].heads, found);
    }
  }
}

void PatternTrie::find_heads(const Kind& kind, std::string_view bytes, size_t at, size_t path_end,
                             uint32_t node, const Found& found) const {
  const size_t needle_at = at;
  while (at > 0) {
    const bool separator = separates(kind.windows, bytes[at - 1]);
    node = child(node, separator ? '/' : bytes[at - 1]);
    if (node == 0) return;
    if (!separator) --at;
    const size_t nearest = at;
    while (separator && at > 0 && separates(kind.windows, bytes[at - 1])) --at;
    for (const size_t number : nodes_[node].patterns) {
      // As PathPattern::begin_of_match: all separators before a path of one component, one of them else.
      const bool whole_run = nearest == needle_at;
      found(number, !separator || whole_run ? at : nearest - 1, path_end);
    }
  }
}

}  // namespace jireloc::payload
