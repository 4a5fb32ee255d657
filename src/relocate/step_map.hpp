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
  // Into one of the two: a made-up header may name any number, so there is a limit to them.
  static void note_in(std::set<std::string>& places, std::string_view place);
};

// Recorded depots that are the folder of the depot that is judged, by device and inode: its other names, for
// home may be a link, and images of two homes mixed.
std::vector<std::string> other_names(const Judging& judging, const RecordedPlaces& recorded);

class StepMap {
 public:
  // The source under all its names goes to the target. Where the depot bundled with Julia is known, it is the
  // place of standard libraries that are not where they are recorded.
  StepMap(const Run& run, const RecordedPlaces& recorded);

  const PathMap& map() const { return map_; }
  const std::vector<std::string>& keep_paths() const { return keep_paths_; }

 private:
  void add(const std::string& from, const std::string& to);
  void keep_julia(const std::string& depot);

  const Run& run_;
  PathMap map_;
  std::vector<std::string> keep_paths_;
};

}  // namespace jireloc::relocating
