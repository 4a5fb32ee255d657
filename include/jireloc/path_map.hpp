// Which path prefixes become which: whole components, the longest match, one pass.
#pragma once

#include <initializer_list>
#include <optional>
#include <set>
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
  PathMap() = default;
  // As add() does. Throws Error (usage).
  PathMap(std::initializer_list<PathMapping> mappings) {
    for (const PathMapping& mapping : mappings) add(mapping);
  }

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

  // The mapping whose prefix the path lies below, also where it is mapped already; null where none matches.
  const PathMapping* find(std::string_view path) const;

  bool empty() const noexcept { return mappings_.empty() && fallbacks_.empty(); }
  // In the order in which they are tried.
  std::vector<PathMapping> mappings() const;

 private:
  // The longest `from` first: what is looked for are the folders of a path, from the innermost outwards.
  struct LongestFirst {
    using is_transparent = void;
    bool operator()(const PathMapping& a, const PathMapping& b) const { return comes_before(a.from, b.from); }
    bool operator()(const PathMapping& a, std::string_view b) const { return comes_before(a.from, b); }
    bool operator()(std::string_view a, const PathMapping& b) const { return comes_before(a, b.from); }
    static bool comes_before(std::string_view a, std::string_view b) {
      return a.size() != b.size() ? a.size() > b.size() : a < b;
    }
  };

  const PathMapping* longest_above(std::string_view path) const;

  std::set<PathMapping, LongestFirst> mappings_;
  std::vector<PathMapping> fallbacks_;  // the first to try first
};

// Whether `prefix` (without trailing separators) is `path` or a folder above it.
bool is_path_prefix(std::string_view prefix, std::string_view path) noexcept;

}  // namespace jireloc
