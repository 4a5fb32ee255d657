#include "relocate/trim.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>

#include "relocate/image_graph.hpp"

namespace jireloc::relocating {
namespace {

struct Aged {
  size_t image;
  timespec time;
};

bool older(const Aged& a, const Aged& b) {
  return a.time.tv_sec != b.time.tv_sec ? a.time.tv_sec < b.time.tv_sec : a.time.tv_nsec < b.time.tv_nsec;
}

void remove_surplus(Run& run, const GraphImage& image) {
  DepotItem item;
  item.kind = DepotItemKind::image;
  item.path = image.path;
  item.reasons.push_back({"too_many", fmt::format("one of the oldest beyond {} images of its package",
                                                  run.options.max_per_package)});
  try {
    const auto folder = open_folder_in(run.system, *run.to, image.ref->folder);
    remove_image(run.system, *folder, image.ref->file);
    item.removed = true;
  } catch (const Error& error) {
    item.status = DepotItemStatus::failed;
    item.reasons.push_back({std::string(code(error.kind())), "not removed: " + error.message()});
  }
  run.sink(item);
}

}  // namespace

void trim_images(Run& run) {
  const std::vector<ImageRef> refs = take_inventory(run.system, *run.to).images;
  ImageGraph graph;
  graph.add_depot(run.system, *run.to, refs, true, run.threads);
  std::set<uint32_t> needed;
  for (const GraphImage& image : graph.images()) needed.insert(image.needs.begin(), image.needs.end());
  std::map<std::pair<std::string, Uuid>, std::vector<Aged>> packages;
  for (size_t i = 0; i < graph.images().size(); ++i) {
    const GraphImage& image = graph.images()[i];
    const auto info = find_entry(run.system, run.to->fd(), image.ref->relative(), image.path);
    if (info && !image.problem) packages[{image.ref->folder, image.uuid}].push_back({i, info->st_mtim});
  }
  for (auto& [package, images] : packages) {
    std::sort(images.begin(), images.end(), older);
    size_t count = images.size();
    for (const Aged& aged : images) {
      if (count <= static_cast<size_t>(run.options.max_per_package)) break;
      const GraphImage& image = graph.images()[aged.image];
      const bool in_use = std::any_of(image.provides.begin(), image.provides.end(),
                                      [&](uint32_t module) { return needed.contains(module); });
      if (in_use) continue;
      remove_surplus(run, image);
      --count;
    }
  }
}

}  // namespace jireloc::relocating
