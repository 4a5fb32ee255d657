// Images that an earlier run has judged and nothing has changed since: they need not be opened. And what the
// next run is told of those that this one judges.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "jireloc/grown_set.hpp"
#include "relocate/depot_images.hpp"
#include "relocate/proven.hpp"
#include "relocate/step_map.hpp"

namespace jireloc::relocating {

// For several threads, each image in one at a time. Without a record all this does nothing.
class ProvenImages {
 public:
  // `layers`: as Julia sees them.
  ProvenImages(Run& run, DepotImages& images, const StepMap& map, const std::vector<std::string>& layers,
               const GrownSet& grown);

  // Whether the target has an image at `there`, of the same build, and an earlier run has found that it will
  // do: then the item says so.
  bool is_settled(size_t image, const std::optional<std::string>& there, DepotItem& item);
  // Calls `judge`, for an image that was asked for before, and records what it came to.
  void watch(size_t image, const CacheFile& file, const std::function<void()>& judge);

 private:
  bool rests_on_grown(const GraphImage& image);

  Run& run_;
  DepotImages& images_;
  const GrownSet& grown_;
  std::vector<std::optional<ImageSight>> sights_;  // by image, where the target has its build
};

}  // namespace jireloc::relocating
