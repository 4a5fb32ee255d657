#include "bundle/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "jireloc/depot.hpp"
#include "jireloc/paths.hpp"
#include "relocate/depot_graph.hpp"

namespace jireloc::bundles {
namespace {

using relocating::ImageRef;
using relocating::Inventory;
using relocating::TreeRef;

std::vector<std::string> processors_of(const CacheFile& file) {
  std::vector<std::string> names;
  if (!file.is_split()) return names;
  for (const CloneTarget& target : decode_clone_targets(file.clone_targets)) names.push_back(target.name);
  return names;
}

class Chooser {
 public:
  explicit Chooser(const std::vector<HeaderFacts>& images)
      : images_(images), providers_(providers_of(images)), is_chosen_(images.size(), false) {}

  bool add_package(const std::string& name, const Inventory& inventory) {
    bool found = false;
    for (size_t i = 0; i < images_.size(); ++i)
      if (images_[i].provides.front().name == name) found = add_image(i) || found;
    for (const TreeRef& tree : inventory.packages)
      if (tree.folder == "packages/" + name) found = trees_.insert(tree.relative()).second || found;
    return found || has_package(name);
  }

  bool has_package(const std::string& name) const {
    return trees_.lower_bound("packages/" + name + "/") != trees_.lower_bound("packages/" + name + "0");
  }

  void add_tree(const std::string& tree) { trees_.insert(tree); }

  // Images, extensions among them, whose packages and all that they need are chosen, or are no part of this
  // depot.
  void add_what_rests_on_chosen() {
    for (bool more = true; more;) {
      more = false;
      for (size_t i = 0; i < images_.size(); ++i)
        if (!is_chosen_[i] && rests_on_chosen(images_[i])) more = is_chosen_[i] = true;
    }
  }

  const std::set<std::string>& trees() const { return trees_; }
  std::set<std::string> chosen_images() const {
    std::set<std::string> paths;
    for (size_t i = 0; i < images_.size(); ++i)
      if (is_chosen_[i]) paths.insert(images_[i].ref.relative());
    return paths;
  }

 private:
  // With all that it needs.
  bool add_image(size_t first) {
    for (std::vector<size_t> waiting{first}; !waiting.empty();) {
      const size_t number = waiting.back();
      waiting.pop_back();
      if (is_chosen_[number]) continue;
      is_chosen_[number] = true;
      trees_.insert(images_[number].packages.begin(), images_[number].packages.end());
      for (const RequiredModule& need : images_[number].needs) {
        const auto [begin, end] = providers_.equal_range(key_of(need));
        for (auto at = begin; at != end; ++at) waiting.push_back(at->second);
      }
    }
    return true;
  }

  bool rests_on_chosen(const HeaderFacts& image) const {
    const auto is_met = [&](const RequiredModule& need) {
      const auto [begin, end] = providers_.equal_range(key_of(need));
      return begin == end ||
             std::any_of(begin, end, [&](const auto& at) { return bool{is_chosen_[at.second]}; });
    };
    return !image.packages.empty() &&
           std::includes(trees_.begin(), trees_.end(), image.packages.begin(), image.packages.end()) &&
           std::all_of(image.needs.begin(), image.needs.end(), is_met);
  }

  const std::vector<HeaderFacts>& images_;
  const Providers providers_;
  std::vector<bool> is_chosen_;
  std::set<std::string> trees_;
};

void add_project(const std::string& project, const std::vector<HeaderFacts>& images, Chooser& chooser) {
  const Environment environment =
      read_environment(project, images.empty() ? std::string() : images.front().julia.version, FileView());
  if (environment.problem) throw Error(*environment.problem);
  if (!environment.manifest)
    throw Error(ErrorKind::usage, "the project has no manifest, which alone says what it needs", project);
  for (const ManifestEntry& entry : environment.manifest->entries)
    if (entry.tree)
      for (const int length : {4, 5})
        chooser.add_tree(
            fmt::format("packages/{}/{}", entry.name, version_slug(entry.uuid, *entry.tree, length)));
}

}  // namespace

std::optional<HeaderFacts> read_header(FileSystem& system, const Folder& depot, const ImageRef& ref) {
  try {
    const auto source = relocating::open_in_depot(system, depot, ref.relative(), 0);
    const CacheFile file = read_cache_file(*source, {.depth = ReadDepth::header});
    HeaderFacts facts{ref, file.prefix,           file.flags, {}, processors_of(file), file.clone_targets,
                      {},  file.required_modules, {}};
    if (file.is_split()) {
      const std::string library = native_library_path(ref.relative(), file.prefix);
      facts.library = library.substr(library.rfind('/') + 1);
    }
    for (const WorklistModule& module : file.worklist)
      facts.provides.push_back({module.name, module.uuid, file.build_id_hi(), module.build_id});
    for (const Dependency& entry : file.dependencies)
      if (!entry.is_require())
        if (const auto package = package_folder_of(entry.path))
          facts.packages.insert(fmt::format("packages/{}/{}", package->name, package->slug));
    return facts.provides.empty() ? std::nullopt : std::optional(std::move(facts));
  } catch (const Error&) {
    return {};  // the judgement says why
  }
}

Providers providers_of(const std::vector<HeaderFacts>& images) {
  Providers providers;
  for (size_t i = 0; i < images.size(); ++i)
    for (const RequiredModule& module : images[i].provides) providers.emplace(key_of(module), i);
  return providers;
}

void choose(const PackOptions& options, const std::vector<HeaderFacts>& images, Inventory& inventory,
            std::set<std::string>& left_out) {
  if (options.names.empty() && options.project.empty()) return;
  Chooser chooser(images);
  for (const std::string& name : options.names)
    if (!chooser.add_package(name, inventory))
      throw Error(ErrorKind::usage, fmt::format("the depot has no package {}", name), options.depot);
  if (!options.project.empty()) add_project(options.project, images, chooser);
  chooser.add_what_rests_on_chosen();
  for (const TreeRef& tree : inventory.packages)
    if (!chooser.trees().contains(tree.relative())) left_out.insert(tree.relative());
  std::erase_if(inventory.packages, [&](const TreeRef& tree) { return left_out.contains(tree.relative()); });
  const std::set<std::string> chosen = chooser.chosen_images();
  std::set<std::string> read;
  for (const HeaderFacts& facts : images) read.insert(facts.ref.relative());
  // One whose header could not be read may belong to a chosen package: the judgement says what is wrong with
  // it.
  const auto is_wanted = [&](const ImageRef& image) {
    return chosen.contains(image.relative()) ||
           (!read.contains(image.relative()) &&
            chooser.has_package(image.folder.substr(image.folder.rfind('/') + 1)));
  };
  std::erase_if(inventory.images, [&](const ImageRef& image) { return !is_wanted(image); });
}

}  // namespace jireloc::bundles
