// Which images of a check need which.
#include <algorithm>

#include "check/image_graph.hpp"
#include "jireloc/depot_check.hpp"

namespace jireloc {
namespace {

std::vector<size_t> providers_for(const ImageGraph& graph, size_t number,
                                  const std::vector<size_t>& place_of) {
  std::vector<size_t> places;
  for (const uint32_t module : graph[number].needs)
    for (const uint32_t provider : graph.providers(module))
      if (provider != number) places.push_back(place_of[provider]);
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

}  // namespace

std::vector<std::vector<size_t>> DepotCheck::needs() const {
  const ImageGraph& graph = set_.graph();
  std::vector<size_t> place_of(graph.size());
  for (size_t i = 0; i < images_.size(); ++i)
    if (images_[i]->number) place_of[*images_[i]->number] = i;
  std::vector<std::vector<size_t>> needs(images_.size());
  for (size_t i = 0; i < images_.size(); ++i)
    if (images_[i]->number) needs[i] = providers_for(graph, *images_[i]->number, place_of);
  return needs;
}

}  // namespace jireloc
