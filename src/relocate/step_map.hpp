// What becomes of the paths that images record: the map of a whole step.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/cache_file.hpp"
#include "jireloc/path_map.hpp"
#include "relocate/run.hpp"

namespace jireloc::relocating {

// The places that headers name, each once.
struct RecordedPlaces {
  std::set<std::string> depots;   // DEPOT of DEPOT/packages/Name/SLUG/…, absolute ones
  std::set<std::string> stdlibs;  // …/share/julia/stdlib
  void note(const CacheFile& file);
};

class StepMap {
 public:
  // A recorded depot that is the source's folder, by device and inode, is the source under another name: home
  // may be a link, and images of two homes mixed. Where the depot bundled with Julia is known, it is the
  // place of standard libraries that are not where they are recorded.
  StepMap(const Run& run, const RecordedPlaces& recorded, const FileView& view);

  const PathMap& map() const { return map_; }
  const std::vector<std::string>& keep_paths() const { return keep_paths_; }
  // A path below another name of the source as one below its own; others as they are.
  std::string in_source(const std::string& path) const;

 private:
  bool is_source(const std::string& path, const FileView& view) const;
  void add(const std::string& from, const std::string& to);
  void keep_julia(const std::string& depot);

  const Run& run_;
  PathMap map_;
  std::vector<std::string> keep_paths_;
  std::vector<std::string> names_;  // of the source, besides its own
};

}  // namespace jireloc::relocating
