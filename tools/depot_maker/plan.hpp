// What a synthetic depot shall hold, before anything is written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "depot_maker/random.hpp"
#include "jireloc/uuid.hpp"

namespace depot_maker {

struct PlanOptions {
  uint64_t images = 10000;
  uint64_t total_size = uint64_t{1200} << 20;  // bytes of all cache files (and libraries)
  uint64_t seed = 1;
  size_t families = 1;  // of real images to start from; packages take turns
};

struct PackagePlan {
  std::string name;
  jireloc::Uuid uuid;
  std::string version;
  size_t family = 0;
  uint64_t size = 0;                   // bytes of the image; of a split one, of its library
  uint32_t sources = 1;                // recorded files
  uint64_t build_id = 0;               // low half
  std::vector<uint32_t> dependencies;  // direct ones, by number; all smaller than the package's own
  std::vector<uint32_t> closure;       // with theirs, ascending
};

// Sizes are log-normal between 2 KB and 50 MB, scaled to the total; sources are 1 to 300, more in larger
// images; a few packages are needed by many.
std::vector<PackagePlan> plan_packages(const PlanOptions& options, Random& random);

}  // namespace depot_maker
