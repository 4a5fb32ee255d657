// Images in the order of their dependencies, where texts may grow: in `rewrite`, and for `scan`'s forecast of
// it.
#pragma once

#include <optional>
#include <vector>

#include "base/threads.hpp"
#include "cli/images.hpp"
#include "rewrite/batch_rewrite.hpp"

namespace jireloc::cli {

// Whether a NEW is longer than its OLD, no alias stands for it, and texts may grow.
bool may_grow(const RewriteOptions& options);

struct OrderedImages {
  std::vector<Candidate> images;           // as found
  std::vector<std::vector<size_t>> needs;  // numbers in `images`, of what each rests on
};

// Reads the header of every candidate.
OrderedImages order_images(Images& images, const CommandLine& line);

// What all other images of these versions need that lie in the depots of these images, or in the others
// named.
void read_outside_needs(const OrderedImages& ordered, const std::vector<std::string>& depots,
                        const FileView& view, rewriting::OutsideNeeds& outside);

// Each image after those that it rests on; the results in the order in which the images were found.
template <typename Item, typename Work>
std::vector<Item> each_by_need(OrderedImages& ordered, const Threads& threads, const Work& work) {
  std::vector<Item> items(ordered.images.size());
  for_all_by_need(threads, ordered.needs, [&](size_t image) { items[image] = work(ordered.images[image]); });
  return items;
}

}  // namespace jireloc::cli
