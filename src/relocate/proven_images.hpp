// Images that an earlier run has judged and nothing has changed since: they need not be opened. And what the
// next run is told of those that this one judges.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "jireloc/grown_set.hpp"
#include "relocate/depot_images.hpp"
#include "relocate/proven.hpp"
#include "relocate/step_map.hpp"

namespace jireloc::relocating {

// For several threads, each image in one at a time. Without a record all this does nothing.
class ProvenImages {
 public:
  // Asks the record of all images, on as many threads as the run has. `layers`: as Julia sees them.
  ProvenImages(Run& run, DepotImages& images, const StepMap& map, const std::vector<std::string>& layers,
               const GrownSet& grown);

  // Which headers of the source need not be read.
  static KnownHeaders known_in_source(const Run& run);
  // Of images of the target, to be asked by several threads: the one of ours that it was made of.
  DepotGraph::TwinOf twin_of() const;
  // When the target's are in the graph, and before any is judged: takes what the next record needs of those
  // that are not known and have an image of the same build in the target, as `same_build` says.
  using SameBuild = std::function<std::optional<std::string>(size_t image)>;
  void look_at_others(const SameBuild& same_build);
  // Whether the target has an image at `there`, of the same build, and an earlier run has found that it will
  // do: then the item says so. It makes no system call.
  bool is_settled(size_t image, const std::optional<std::string>& there, DepotItem& item);
  // Calls `judge`, and records what it came to.
  void watch(size_t image, const CacheFile& file, const std::function<void()>& judge);

 private:
  bool rests_on_grown(const GraphImage& image);
  std::string in_target(const std::string& path) const;
  std::unordered_map<std::string_view, size_t> numbers_in_target() const;

  Run& run_;
  DepotImages& images_;
  const GrownSet& grown_;
  // By image. Known as it was; or else, where the target has its build, both sides before it is judged.
  std::vector<std::optional<KnownImage>> known_;
  std::vector<std::optional<ImageSight>> sights_;
  std::unordered_map<std::string_view, size_t> twins_;  // by path in the target: numbers of known ones
};

}  // namespace jireloc::relocating
