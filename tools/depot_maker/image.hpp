// One image (and its library) of a package.
#pragma once

#include <string>
#include <vector>

#include "depot_maker/family.hpp"
#include "depot_maker/package_files.hpp"
#include "depot_maker/plan.hpp"

namespace depot_maker {

struct Identity {
  std::string name;
  jireloc::Uuid uuid;
  uint64_t build_id_hi = 0, build_id_lo = 0;
};

struct ImageOrder {
  const Family& family;
  const PackagePlan& plan;
  const PackageFiles& files;
  std::string depot;           // where it is written
  std::string recorded_depot;  // where its paths say it was compiled
  std::vector<Identity> direct, closure;
};

struct MadeImage {
  Identity identity;
  uint64_t bytes = 0;  // of the image and its library
};

// Writes DEPOT/compiled/vX.Y/NAME/SLUG_SLUG.ji, and its library where the family has them.
MadeImage write_image(const ImageOrder& order, Random& random);

// How many bytes of source text an image of this size shall hold.
uint64_t text_budget(const PackagePlan& plan);

}  // namespace depot_maker
