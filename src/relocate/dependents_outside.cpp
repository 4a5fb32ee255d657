#include "relocate/dependents_outside.hpp"

#include <algorithm>

#include "relocate/depot_graph.hpp"
#include "relocate/layers.hpp"

namespace jireloc::relocating {
namespace {

bool others_need_ours(Run& run) {
  const std::vector<ImageRef> ours = take_inventory(run.system, *run.from).images;
  DepotGraph graph;
  graph.add_depot(run.system, *run.from, ours, true, run.threads);
  const Inventory there = run.to ? take_inventory(run.system, *run.to) : Inventory();
  if (run.to) graph.add_depot(run.system, *run.to, there.images, false, run.threads);
  Layers(run, run.to.get()).add_images(ours, graph);
  return std::any_of(graph.images().begin(), graph.images().end(), [&](const GraphImage& image) {
    return image.ref != nullptr && !graph.outside_dependents(image).empty();
  });
}

}  // namespace

bool may_grow(const RelocateOptions& options, const PathMap& map) {
  if (options.longer == Longer::leave || options.longer == Longer::alias ||
      options.payload == PayloadMode::header_only)
    return false;
  const std::vector<PathMapping> all = map.mappings();
  return std::any_of(all.begin(), all.end(),
                     [](const PathMapping& mapping) { return mapping.to.size() > mapping.from.size(); });
}

void foretell_dependents_outside(Run& run, FileSystem& system) {
  PathMap map = run.options.map;
  map.add({run.options.from, run.options.to});
  if (!run.options.foretell || !may_grow(run.options, map) || !others_need_ours(run)) return;
  RelocateOptions dry = run.options;
  dry.dry_run = true;
  const auto tell = [&](const DepotItem& item) {
    const auto is_it = [](const Reason& warning) { return warning.code == Code::dependent_outside; };
    if (std::any_of(item.warnings.begin(), item.warnings.end(), is_it)) run.options.foretell(item);
  };
  relocate(dry, tell, system);
}

}  // namespace jireloc::relocating
