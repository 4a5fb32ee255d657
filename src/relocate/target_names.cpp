#include "relocate/target_names.hpp"

#include <fmt/format.h>

#include <utility>

#include "jireloc/crc32c.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/path_map.hpp"

namespace jireloc::relocating {

TargetNames::TargetNames(Run& run, DepotGraph& graph, const Inventory& there, DepotGraph::TwinOf twin_of)
    : run_(run), graph_(graph), twin_of_(std::move(twin_of)), to_(run.places.to_here()) {
  add(there.images);
  for (const LeftoverRef& ref : there.leftovers) taken_.insert(to_ + "/" + ref.relative());
}

void TargetNames::add_rest(const Inventory& there) {
  std::vector<ImageRef> unknown;
  for (const ImageRef& ref : there.images)
    if (!taken_.contains(to_ + "/" + ref.relative())) unknown.push_back(ref);
  add(unknown);
  for (const LeftoverRef& ref : there.leftovers) taken_.insert(to_ + "/" + ref.relative());
}

void TargetNames::add(const std::vector<ImageRef>& found) {
  const size_t first = graph_.images().size();
  if (!found.empty())
    graph_.add_depot(run_.system, *run_.to, found, false, run_.threads, {.twin_of = twin_of_});
  for (const ImageRef& ref : found) taken_.insert(to_ + "/" + ref.relative());
  for (size_t i = first; i < graph_.images().size(); ++i) {
    const GraphImage& image = graph_.images()[i];
    if (auto build = build_in(image.path.substr(0, image.path.rfind('/')), image))
      by_build_.emplace(std::move(*build), image.path);
  }
}

std::optional<TargetNames::Build> TargetNames::build_in(std::string folder, const GraphImage& image) const {
  const std::vector<uint32_t>& provides = graph_.links()[image.number].provides;
  if (provides.empty()) return {};
  return Build(std::move(folder), provides[0]);
}

std::optional<std::string> TargetNames::find(const std::optional<Build>& build) const {
  if (!build) return {};
  const std::lock_guard lock(names_mutex_);
  const auto found = by_build_.find(*build);
  return found == by_build_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> TargetNames::same_build(const GraphImage& image) const {
  return find(build_in(folder_of(image), image));
}

std::optional<std::string> TargetNames::same_build(const GraphImage& image,
                                                   const RequiredModule& build) const {
  const auto number = graph_.links().modules().find(build);
  return number ? find(Build(folder_of(image), *number)) : std::nullopt;
}

std::string TargetNames::free_name(const GraphImage& image) const {
  const std::lock_guard lock(names_mutex_);
  std::string own = to_ + "/" + image.ref->relative();
  if (!taken_.contains(own)) return own;
  const auto path = parse_cache_path(own);
  // Only names with two slugs are searched for by their beginning (1.3 and later, packages with a UUID).
  if (!path || path->package_slug.empty() || path->config_slug.empty()) return {};
  const uint32_t seed = crc32c::value(image.path);
  for (uint32_t i = 0; i < 1000; ++i) {
    std::string tried = fmt::format("{}/{}_{}.ji", folder_of(image), path->package_slug, slug(seed + i, 5));
    if (!taken_.contains(tried)) return tried;
  }
  return {};
}

void TargetNames::take(const GraphImage& image, const std::string& path) {
  const std::lock_guard lock(names_mutex_);
  taken_.insert(path);
  coming_.insert(path);
  if (auto build = build_in(folder_of(image), image)) by_build_.emplace(std::move(*build), path);
}

void TargetNames::forget(const GraphImage& image, const std::string& path) {
  const std::lock_guard lock(names_mutex_);
  taken_.erase(path);
  coming_.erase(path);
  const auto build = build_in(folder_of(image), image);
  if (!build) return;
  const auto found = by_build_.find(*build);
  if (found != by_build_.end() && found->second == path) by_build_.erase(found);
}

bool TargetNames::is_coming(const std::string& path) const {
  const std::lock_guard lock(names_mutex_);
  return coming_.contains(path);
}

std::shared_ptr<void> TargetNames::hold_target() {
  std::unique_lock ours(publish_mutex_);
  known_folders_.clear();
  try {
    return std::shared_ptr<void>(new Held{std::move(ours), lock_target(run_)},
                                 [](void* held) { delete static_cast<Held*>(held); });
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::conflict) throw;
    throw Error(ErrorKind::io, error.message(), error.file());  // no conflict of this image with another
  }
}

void TargetNames::require_known(size_t index) {
  const std::string& folder = graph_.images()[index].ref->folder;
  auto known = known_folders_.find(folder);
  if (known == known_folders_.end())
    known = known_folders_.emplace(folder, unknown_images(folder).empty()).first;
  if (!known->second)
    throw Error(ErrorKind::conflict, "another run has put images beside it meanwhile", to_ + "/" + folder);
}

// Files ending in .ji that are in a folder of the target and were never seen there.
std::vector<ImageRef> TargetNames::unknown_images(const std::string& relative) const {
  const auto folder = open_folder_in(run_.system, *run_.to, relative);
  const auto entries = list_folder(run_.system, folder->fd(), folder->path);
  std::vector<ImageRef> unknown;
  const std::lock_guard lock(names_mutex_);
  for (const FolderEntry& entry : entries)
    if (entry.name.ends_with(".ji") && !taken_.contains(folder->path + "/" + entry.name))
      unknown.push_back({relative, entry.name});
  return unknown;
}

void TargetNames::contest(size_t image, Contest contest) {
  const std::lock_guard lock(names_mutex_);
  contests_.emplace(image, std::move(contest));
}

std::vector<size_t> TargetNames::look_again() {
  std::vector<size_t> images;
  std::set<std::string> folders;
  coming_.clear();
  for (const auto& [index, contest] : std::exchange(contests_, {})) {
    const GraphImage& image = graph_.images()[index];
    forget(image, contest.target);
    folders.insert(image.ref->folder);
    images.push_back(index);
  }
  std::vector<ImageRef> found;
  for (const std::string& folder : folders)
    for (ImageRef& ref : unknown_images(folder)) found.push_back(std::move(ref));
  add(found);
  return images;
}

}  // namespace jireloc::relocating
