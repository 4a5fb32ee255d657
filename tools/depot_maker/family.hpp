// Real images of one Julia and mode, to make others from.
#pragma once

#include <string>
#include <vector>

#include "jireloc/cache_file.hpp"

namespace depot_maker {

struct RealImage {
  std::string payload;
  std::string library;  // of a split image, the whole file
};

struct Family {
  jireloc::CacheFile header;      // of one that needs no other package
  std::string folder;             // "v1.10", below compiled/
  std::vector<RealImage> images;  // smallest payload first
  std::string filler;             // payload bytes that name no path
  bool is_split() const { return header.is_split(); }
  jireloc::JuliaVersion version() const { return jireloc::JuliaVersion::parse(header.prefix.version); }
};

// `folder` is one of the corpus, "…/1.10.8-plain". The depot that its payloads name becomes `recorded_depot`,
// spelled at equal length; where that is too long, a place that no map will name. Throws jireloc::Error.
Family load_family(const std::string& folder, const std::string& recorded_depot);

}  // namespace depot_maker
