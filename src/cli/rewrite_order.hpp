// Images in the order of their dependencies, where texts may grow: in `rewrite`, and for `scan`'s forecast of
// it.
#pragma once

#include <optional>
#include <vector>

#include "base/in_order.hpp"
#include "cli/images.hpp"
#include "rewrite/batch_rewrite.hpp"

namespace jireloc::cli {

// Whether a NEW is longer than its OLD, no alias stands for it, and texts may grow.
bool may_grow(const RewriteOptions& options);

struct OrderedImages {
  std::vector<Candidate> images;            // as found
  std::vector<std::vector<size_t>> levels;  // numbers in `images`
};

// Reads the header of every candidate.
OrderedImages order_images(Images& images, const CommandLine& line);

// What all other images of these versions need that lie in the depots of these images, or in the others
// named.
void read_outside_needs(const OrderedImages& ordered, const std::vector<std::string>& depots,
                        const FileView& view, rewriting::OutsideNeeds& outside);

// Each level when the ones before it are done; the results in the order in which the images were found.
template <typename Item, typename Work>
std::vector<Item> by_level(OrderedImages& ordered, const Threads& threads, const Work& work) {
  std::vector<Item> items(ordered.images.size());
  for (const std::vector<size_t>& level : ordered.levels) {
    size_t next = 0, done = 0;
    in_order(
        threads,
        [&]() -> std::optional<size_t> {
          if (next == level.size()) return std::nullopt;
          return level[next++];
        },
        [&](size_t image) { return work(ordered.images[image]); },
        [&](Item item) { items[level[done++]] = std::move(item); });
  }
  return items;
}

}  // namespace jireloc::cli
