#include "relocate/short_slugs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "jireloc/cache_file.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/disproof.hpp"
#include "relocate/depot_graph.hpp"

namespace jireloc::relocating {
namespace {

bool is_short(const TreeRef& tree) {
  return tree.folder.starts_with("packages/") && tree.name.size() == 4;
}

// Adds the package folders of four letters that an image's sources lie in. False where that cannot be told.
bool add_needed(FileSystem& system, const Folder& depot, const ImageRef& image, const HeldImages* held,
                std::set<std::string>& needed) {
  try {
    const auto source = open_held_or_in_depot(held, system, depot, image.relative(), 0);
    for (const Dependency& dependency : read_cache_file(*source, {.depth = ReadDepth::header}).dependencies) {
      const auto folder = package_folder_of(dependency.path);
      if (folder && folder->slug.size() == 4)
        needed.insert(fmt::format("packages/{}/{}", folder->name, folder->slug));
    }
  } catch (const Error& error) {
    return is_disproof(error.kind());  // then it needs nothing: it will not be cached
  }
  return true;
}

}  // namespace

ShortSlugs::ShortSlugs(FileSystem& system, const Folder& from, const Folder* to, const Inventory& source,
                       const HeldImages* held)
    : system_(system), to_(to) {
  if (std::none_of(source.packages.begin(), source.packages.end(), is_short)) return;
  for (const TreeRef& package : source.packages) present_.insert(package.relative());
  all_known_ = source.problems.empty();
  for (const ImageRef& image : source.images)
    if (!add_needed(system, from, image, held, needed_)) all_known_ = false;
}

std::string ShortSlugs::longer_one(const TreeRef& package) const {
  if (!is_short(package)) return {};
  const std::string begin = package.relative();
  const auto is_longer = [&](const std::string& other) {
    return other.size() == begin.size() + 1 && other.starts_with(begin);
  };
  const auto here = std::find_if(present_.begin(), present_.end(), is_longer);
  if (here != present_.end()) return *here;
  if (to_ == nullptr) return {};
  try {
    const auto folder = open_folder_in(system_, *to_, package.folder);
    for (const FolderEntry& entry : list_folder(system_, folder->fd(), folder->path)) {
      const std::string there = package.folder + "/" + entry.name;
      if (is_longer(there)) return to_->path + "/" + there;
    }
  } catch (const Error& error) {
    if (error.system_errno() != ENOENT) throw;
  }
  return {};
}

std::vector<Reason> ShortSlugs::judge(const TreeRef& package, const DepotRules& rules) const {
  if (!is_short(package)) return {};
  if (const std::string longer = longer_one(package); !longer.empty())
    return {{Code::four_letter_slug,
             fmt::format("its folder's name has four letters, and {} stands for the same tree: Julia up to "
                         "1.6 would load this one in its place",
                         longer)}};
  if (rules.trusted || needed_.contains(package.relative())) return {};
  if (!all_known_)
    throw Error(ErrorKind::io,
                "its folder's name has four letters, and whether an image was compiled from it is not known: "
                "some could not be looked at");
  return {
      {Code::four_letter_slug,
       "its folder's name has four letters, which are soon forged, and no image here was compiled from it"}};
}

}  // namespace jireloc::relocating
