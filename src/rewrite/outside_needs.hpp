// What images outside of a run need of those in it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "jireloc/cache_file.hpp"
#include "jireloc/file_view.hpp"
#include "jireloc/image_order.hpp"
#include "jireloc/rewrite.hpp"

namespace jireloc::rewriting {

// Builds that images outside of the inputs ask for. An input that grows under a new identity would be lost to
// them.
class OutsideNeeds {
 public:
  void add(const std::string& path, const CacheFile& header);
  // The paths of the images that ask for this one, and are not served by another one outside.
  std::vector<std::string> who_needs(const CacheFile& image) const;

 private:
  using Build = std::pair<uint64_t, uint64_t>;  // id: high, low
  std::multimap<Build, std::string> needed_;
  std::set<Build> provided_;
};

// "A, B and 3 more"
std::string some_of(const std::vector<std::string>& paths);

// The header of an open image; nothing where it cannot be read.
std::optional<CacheFile> header_of(const ByteSource& source);

// In place, an image that would grow under a new identity stays as it is if others need the one it has.
void leave_what_others_need(const ImagePair& image, const OutsideNeeds& outside, RewritePlan& plan);

// What all other images of these versions need that lie in the depots of these images, or in the others
// named.
void read_outside_needs(const OrderedImages& ordered, const std::vector<std::string>& depots,
                        const FileView& view, OutsideNeeds& outside);

}  // namespace jireloc::rewriting
