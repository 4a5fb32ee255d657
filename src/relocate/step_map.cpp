#include "relocate/step_map.hpp"

#include <algorithm>

#include "jireloc/depot.hpp"
#include "jireloc/file_view.hpp"

namespace jireloc::relocating {
namespace {

constexpr std::string_view kStdlib = "/share/julia/stdlib";
// A made-up header may name any number of depots; nobody has that many.
constexpr size_t kMostPlaces = 1000;

}  // namespace

void RecordedPlaces::note_in(std::set<std::string>& places, std::string_view place) {
  if (places.size() < kMostPlaces) places.emplace(place);
}

void RecordedPlaces::note(const CacheFile& file) {
  for (const Dependency& entry : file.dependencies) {
    if (entry.is_require() || !entry.path.starts_with('/')) continue;
    if (const size_t at = entry.path.rfind(std::string(kStdlib) + "/v"); at != std::string::npos)
      note_in(stdlibs, std::string_view(entry.path).substr(0, at + kStdlib.size()));
    else if (const auto package = package_folder_of(entry.path))
      note_in(depots, std::string_view(package->folder)
                          .substr(0, package->folder.size() - package->name.size() - package->slug.size() -
                                         std::string_view("/packages//").size()));
  }
}

std::vector<std::string> other_names(const Judging& judging, const RecordedPlaces& recorded) {
  const struct stat info = stat_of(judging.system, judging.from->fd(), judging.from->path);
  std::vector<std::string> names = judging.places.spellings();
  for (const std::string& depot : recorded.depots) {
    if (depot.empty() || depot == judging.places.from_seen()) continue;
    const FileStatus there = judging.places.view().status(depot);
    if (there.exists() && there.device == info.st_dev && there.inode == info.st_ino) names.push_back(depot);
  }
  return names;
}

StepMap::StepMap(const Run& run, const RecordedPlaces& recorded)
    : run_(run), map_(run.options.map), keep_paths_(run.options.keep_paths) {
  map_.add({run.options.from, run.options.to});
  keep_julia(run.options.from);
  for (const std::string& depot : other_names(run, recorded)) {
    add(depot, run.options.to);
    keep_julia(depot);
  }
  if (run.options.bundled.empty()) return;
  for (const std::string& stdlib : recorded.stdlibs)
    if (run.places.view().status(stdlib).type == FileStatus::Type::none)
      add(stdlib, run.options.bundled + "/stdlib");
}

// What the user has said of a place holds.
void StepMap::add(const std::string& from, const std::string& to) {
  const std::vector<PathMapping> all = map_.mappings();
  if (std::none_of(all.begin(), all.end(), [&](const PathMapping& mapping) { return mapping.from == from; }))
    map_.add({from, to});
}

// Julias that live in a depot stay there: what lies in the one that is bundled, and what juliaup has
// installed.
void StepMap::keep_julia(const std::string& depot) {
  std::vector<std::string> places = {depot + "/juliaup"};
  if (const std::string& bundled = run_.options.bundled;
      is_path_prefix(depot, bundled) && bundled.ends_with("/share/julia"))
    places.push_back(bundled.substr(0, bundled.size() - std::string_view("/share/julia").size()));
  for (const std::string& place : places) {
    const std::vector<PathMapping> all = map_.mappings();
    const bool is_said = std::any_of(all.begin(), all.end(), [&](const PathMapping& mapping) {
      return is_path_prefix(place, mapping.from);
    });
    if (is_said || place.size() <= depot.size()) continue;
    map_.add({place, place});
    keep_paths_.push_back(place);
  }
}

}  // namespace jireloc::relocating
