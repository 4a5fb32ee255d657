// Which path prefixes become which: whole components, the longest match, one pass.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jireloc {

struct PathMapping {
  std::string from;  // no trailing separators; empty for the root
  std::string to;    // likewise
  bool operator==(const PathMapping&) const = default;
};

class PathMap {
 public:
  // "OLD=NEW", split at the first '=' that no backslash precedes ("\=" stands for '=' itself). Throws Error
  // (usage) if there is none, or if OLD is empty.
  static PathMapping parse(std::string_view text);
  // The text of BUILD_PATH_PREFIX_MAP: "NEW=OLD" joined by ':', with %# for '%', %+ for '=', %. for ':'.
  // Items in their order; empty items are skipped. Throws Error (usage) for any other text.
  static std::vector<PathMapping> parse_build_path_prefix_map(std::string_view text);

  // Trailing separators, repeated ones and "." components of both paths are dropped. Throws Error (usage)
  // where `from` is mapped already to another path.
  void add(PathMapping mapping);
  // Mappings that come after all of add(), the rightmost first (the order of BUILD_PATH_PREFIX_MAP).
  void add_fallback(std::vector<PathMapping> mappings);

  struct Match {
    const PathMapping* mapping;
    std::string path;  // the mapped path
  };
  // The path with its matching prefix replaced; nothing where none matches, or where it lies below the NEW of
  // its mapping already (a NEW inside of OLD). A prefix matches where it ends at the end of the path or at a
  // separator: '/', and '\' too for prefixes of Windows ("C:\", "\\server").
  std::optional<Match> apply(std::string_view path) const;

  // The same map in the other direction.
  PathMap inverse() const;
  bool empty() const noexcept { return mappings_.empty() && fallbacks_.empty(); }
  // In the order in which they are tried.
  std::vector<PathMapping> mappings() const;

 private:
  std::vector<PathMapping> mappings_;      // longest `from` first
  std::map<std::string, std::string> to_;  // the same, by `from`
  std::vector<PathMapping> fallbacks_;     // the first to try first
};

// Whether `prefix` (without trailing separators) is `path` or a folder above it.
bool is_path_prefix(std::string_view prefix, std::string_view path) noexcept;

}  // namespace jireloc
