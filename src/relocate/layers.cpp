#include "relocate/layers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "jireloc/layout.hpp"
#include "relocate/own_links.hpp"

namespace jireloc::relocating {

Layers::Layers(Judging& judging, const Folder* target) : judging_(judging), target_(target) {
  const DepotOptions& options = judging.common;
  for (const std::string& depot : options.layers) add(depot, depot == options.bundled);
  if (!options.bundled.empty()) add(options.bundled, true);
}

bool Layers::is_known(const struct stat& info) const {
  const auto is_same = [&](const Folder* folder) {
    if (folder == nullptr) return false;
    return is_same_file(stat_of(judging_.system, folder->fd(), folder->path), info);
  };
  return is_same(judging_.from.get()) || is_same(target_) ||
         std::any_of(layers_.begin(), layers_.end(),
                     [&](const Layer& layer) { return is_same(layer.folder.get()); });
}

void Layers::add(const std::string& depot, bool is_bundled) {
  std::shared_ptr<Folder> folder;
  std::string here = depot;
  try {
    here = judging_.places.view().actual(depot);
    folder = open_depot(judging_.system, here);
    if (is_known(stat_of(judging_.system, folder->fd(), here))) return;
  } catch (const Error& error) {
    // As Julia passes them by. What is in one that cannot be opened is not known.
    if (error.system_errno() == ENOENT || error.system_errno() == ENOTDIR) return;
  }
  layers_.push_back({std::move(folder), std::move(here), is_bundled});
  paths_.push_back(depot);
}

void Layers::add_images(const std::vector<ImageRef>& refs, DepotGraph& graph) const {
  std::set<std::string> versions;
  for (const ImageRef& ref : refs) versions.insert(ref.folder.substr(0, ref.folder.find('/', 9)));
  for (const Layer& layer : layers_) {
    if (layer.is_bundled) graph.set_bundled(layer.here);
    if (!layer.folder) {
      graph.add_unreadable(layer.here);
      continue;
    }
    const Inventory inventory = take_image_inventory(judging_.system, *layer.folder, versions);
    for (const Error& problem : inventory.problems) graph.add_unreadable(problem.file());
    graph.add_depot(judging_.system, *layer.folder, inventory.images, false, judging_.threads);
  }
}

bool Layers::hold(std::string_view path) const {
  return std::any_of(paths_.begin(), paths_.end(),
                     [&](const std::string& depot) { return is_path_prefix(depot, path); });
}

std::string Layers::stdlib(std::string_view julia_version) const {
  if (judging_.common.bundled.empty()) return {};
  const JuliaVersion version = JuliaVersion::parse(julia_version);
  return fmt::format("{}/stdlib/v{}.{}", judging_.common.bundled, version.major, version.minor);
}

}  // namespace jireloc::relocating
