// Keeping the number of images of one package within bounds.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "relocate/arrivals.hpp"
#include "relocate/compilations.hpp"
#include "relocate/depot_graph.hpp"
#include "relocate/run.hpp"

namespace jireloc::relocating {
namespace {

struct Aged {
  size_t image;
  size_t rank;    // when it came into the target, as recorded; 0: before anything was
  timespec time;  // of its last change, which nobody can set; for those without a record
};

bool older(const Aged& a, const Aged& b) {
  return std::tie(a.rank, a.time.tv_sec, a.time.tv_nsec) < std::tie(b.rank, b.time.tv_sec, b.time.tv_nsec);
}

void remove_surplus(Run& run, const GraphImage& image, const ItemSight* seen) {
  DepotItem item = item_of(DepotItemKind::image, image.path, DepotItemStatus::dropped,
                           {Code::too_many, fmt::format("one of the oldest beyond {} images of its package",
                                                    run.options.max_per_package)});
  try {
    // As in prune, they stay where somebody compiles.
    const Compilations compilations(run.system, *run.to, run.options.grace);
    if (auto work = compilations.work_beside(image.ref->folder)) {
      item.status = DepotItemStatus::kept;
      item.reasons.insert(item.reasons.begin(), std::move(*work));
    } else {
      Removal(run.system, *run.to, nullptr).remove_unfit(item, image.ref->relative(), seen);
    }
  } catch (const Error& error) {
    not_removed(item, error);
  }
  run.sink(item);
}

// Whether all images of the target could be looked at. What one that could not be needs is not known.
bool all_known(Run& run, const Inventory& inventory, DepotGraph& graph) {
  std::vector<Error> problems = inventory.problems;
  for (const GraphImage& image : graph.images())
    if (image.problem && !is_disproof(image.problem->kind()))
      problems.push_back(image.problem->in_file(image.path));
  if (problems.empty()) return true;
  run.sink(item_of(
      DepotItemKind::leftover, problems[0].file(), DepotItemStatus::failed,
      {problems[0].kind(), "no image was removed for its age: " + problems[0].message()}));
  return false;
}

// Images of one package and Julia, oldest first.
std::vector<std::vector<Aged>> by_package(Run& run, DepotGraph& graph) {
  const Arrivals arrivals = Arrivals::read(run.system, *run.to);
  std::map<std::pair<std::string, Uuid>, std::vector<Aged>> packages;
  for (size_t i = 0; i < graph.images().size(); ++i) {
    const GraphImage& image = graph.images()[i];
    if (image.problem) continue;
    const auto info = find_entry(run.system, run.to->fd(), image.ref->relative(), image.path);
    if (info)
      packages[{image.ref->folder, image.uuid}].push_back(
          {i, arrivals.rank(image.ref->relative()), info->st_ctim});
  }
  std::vector<std::vector<Aged>> sorted;
  for (auto& [package, images] : packages) {
    std::stable_sort(images.begin(), images.end(), older);
    sorted.push_back(std::move(images));
  }
  return sorted;
}

void trim(Run& run) {
  const Inventory inventory = take_inventory(run.system, *run.to);
  Inventory looked_at;
  looked_at.images = inventory.images;
  const Sightings seen(run.system, *run.to, looked_at);
  DepotGraph graph;
  graph.add_depot(run.system, *run.to, inventory.images, true, run.threads);
  if (!all_known(run, inventory, graph)) return;
  std::set<uint32_t> needed;
  for (const GraphImage& image : graph.images()) {
    const std::vector<uint32_t>& needs = graph.links()[image.number].needs;
    needed.insert(needs.begin(), needs.end());
  }
  const std::set<std::string> fresh(run.arrived.begin(), run.arrived.end());
  for (const std::vector<Aged>& images : by_package(run, graph)) {
    size_t count = images.size();
    for (const Aged& aged : images) {
      if (count <= static_cast<size_t>(run.options.max_per_package)) break;
      const GraphImage& image = graph.images()[aged.image];
      const std::vector<uint32_t>& provides = graph.links()[image.number].provides;
      const bool in_use = std::any_of(provides.begin(), provides.end(),
                                      [&](uint32_t module) { return needed.contains(module); });
      if (in_use || fresh.contains(image.ref->relative())) continue;
      remove_surplus(run, image, seen.find(image.ref->relative()));
      --count;
    }
  }
}

}  // namespace

void trim_images(Run& run) {
  try {
    trim(run);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    run.sink(item_of(DepotItemKind::leftover, run.places.to_here() + "/compiled", DepotItemStatus::failed,
                     {error.kind(),
                      fmt::format("no further image was removed for its age: {}", error.what())}));
  }
}

}  // namespace jireloc::relocating
