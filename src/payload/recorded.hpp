// What the header tells of paths: which texts are those of recorded sources, and where the image was
// compiled.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/cache_file.hpp"

namespace jireloc::payload {

// The part of a path from "/packages/NAME/SLUG/" on, or of one that begins "@depot" what follows that; else
// empty.
std::string_view depot_relative_part(std::string_view path);

// The recorded files with stored source text. A text is compared with its separators collapsed.
class RecordedSources {
 public:
  explicit RecordedSources(const CacheFile& file);
  // Whether `text` names such a file; `behind_old_path` is what of it follows the old path.
  bool names_one(std::string_view text, std::string_view behind_old_path) const;

 private:
  std::set<std::string, std::less<>> whole_, relative_;
};

// The old paths that absolute include entries tell: the depot where an entry lies in
// DEPOT/packages/NAME/SLUG/, else the root of the package. Normalised.
std::set<std::string> paths_from_includes(const CacheFile& file);

// A piece of a recorded source's path that tells, where it stands in a text, what the path was before.
struct Landmark {
  std::string
      path;  // to look for: "/packages/NAME/SLUG", or "/NAME/src/NAME.jl" of a package outside of depots
  std::string kept;  // what of it belongs to the old path: nothing, or "/NAME"
};
std::vector<Landmark> landmarks(const CacheFile& file);

}  // namespace jireloc::payload
