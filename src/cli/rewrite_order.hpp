// The images of `rewrite` in the order of their dependencies, where texts may grow.
#pragma once

#include <vector>

#include "cli/images.hpp"
#include "rewrite/batch_rewrite.hpp"

namespace jireloc::cli {

// Whether a NEW is longer than its OLD, no alias stands for it, and texts may grow.
bool may_grow(const RewriteOptions& options);

struct OrderedImages {
  std::vector<Candidate> images;            // as found
  std::vector<std::vector<size_t>> levels;  // numbers in `images`
};

// Reads the header of every candidate. In place, it also reads those of all other images in the inputs'
// depots, for what they need, into `outside`.
OrderedImages order_images(Images& images, const CommandLine& line, bool in_place,
                           rewriting::OutsideNeeds& outside);

}  // namespace jireloc::cli
