// Images in the order of their dependencies: where texts may grow, those that others rest on come first.
#pragma once

#include <cstddef>
#include <vector>

#include "jireloc/image_files.hpp"
#include "jireloc/in_order.hpp"

namespace jireloc {

struct OrderedImages {
  std::vector<ImageCandidate> images;  // as found
  // Numbers in `images`, of what each rests on; nothing for one that cannot be read. See for_all_by_need.
  std::vector<std::vector<size_t>> needs;
};

// Reads the header of every candidate.
OrderedImages order_images(ImageFiles& images, Threads threads);

}  // namespace jireloc
