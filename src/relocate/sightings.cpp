#include "relocate/sightings.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "bytes/tree_walk.hpp"

namespace jireloc::relocating {
namespace {

bool equal(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

uint64_t mixed(uint64_t value) {  // splitmix64
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31);
}

uint64_t number_of(const struct stat& info) {
  uint64_t number = 0;
  for (const uint64_t part :
       {static_cast<uint64_t>(info.st_dev), static_cast<uint64_t>(info.st_ino),
        static_cast<uint64_t>(S_ISDIR(info.st_mode) ? 0 : info.st_size), static_cast<uint64_t>(info.st_mode),
        static_cast<uint64_t>(info.st_mtim.tv_sec), static_cast<uint64_t>(info.st_mtim.tv_nsec)})
    number = mixed(number ^ part);
  return number;
}

class Summer {
 public:
  Summer(FileSystem& system, const std::string& path) : system_(system), path_(path) {}
  void folder(int fd, const std::string& relative) {
    sum += number_of(stat_of(system_, fd, join_path(path_, relative)));
  }
  void git(const std::string&, mode_t) { sum = mixed(sum); }
  void entry(int folder, const std::string& relative, const std::string& name, mode_t) {
    const std::string path = join_path(path_, join_path(relative, name));
    const auto info = find_entry(system_, folder, name, path);
    sum += info ? number_of(*info) : mixed(sum);
  }

  uint64_t sum = 0;

 private:
  FileSystem& system_;
  const std::string& path_;
};

// Calls `look` for each thing of the inventory with its path in the depot; what cannot be looked at is left
// out.
template <typename Look>
void for_each_item(const Inventory& inventory, Look look) {
  const auto attempt = [&](const std::string& relative, bool is_image) {
    try {
      look(relative, is_image);
    } catch (const Error&) {
      // it stays unseen
    }
  };
  for (const auto* trees : {&inventory.packages, &inventory.artifacts})
    for (const TreeRef& tree : *trees) attempt(tree.relative(), false);
  for (const ImageRef& image : inventory.images) attempt(image.relative(), true);
}

std::optional<struct stat> entry_of(FileSystem& system, const Folder& depot, const std::string& relative) {
  const SplitPath split = split_path(relative);
  const auto folder = open_folder_in(system, depot, split.folder);
  return find_entry(system, folder->fd(), split.name, depot.path + "/" + relative);
}

ItemSight see_image(FileSystem& system, const Folder& depot, const std::string& relative) {
  const SplitPath split = split_path(relative);
  const auto folder = open_folder_in(system, depot, split.folder);
  const auto info = find_entry(system, folder->fd(), split.name, depot.path + "/" + relative);
  if (!info) throw Error::system(ENOENT, "stat", depot.path + "/" + relative);
  ItemSight seen;
  seen.self = sight_of(*info);
  for (const std::string& name : library_names(split.name))
    if (const auto library = find_entry(system, folder->fd(), name, folder->path))
      seen.libraries.emplace(name, sight_of(*library));
  return seen;
}

ItemSight see_tree(FileSystem& system, const Folder& depot, const std::string& relative) {
  const auto folder = open_folder_in(system, depot, relative);
  ItemSight seen;
  seen.self = sight_of(stat_of(system, folder->fd(), folder->path));
  seen.inside = sum_inside(system, *folder);
  return seen;
}

}  // namespace

Sight sight_of(const struct stat& info) {
  return {identity_of(info), info.st_mtim, info.st_ctim};
}

bool is_same_as(const struct stat& now, const Sight& then) {
  return now.st_dev == then.identity.device && now.st_ino == then.identity.inode &&
         (S_ISDIR(now.st_mode) || now.st_size == then.identity.size) && equal(now.st_mtim, then.written);
}

bool is_as_seen(const struct stat& now, const Sight& then) {
  const bool has_others = !S_ISDIR(now.st_mode) && now.st_nlink > 1;  // whose removal changes it too
  return is_same_as(now, then) && (has_others || equal(now.st_ctim, then.renamed));
}

uint64_t sum_inside(FileSystem& system, const Folder& folder) {
  Summer summer(system, folder.path);
  try {
    walk_tree(system, folder, {}, summer);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::too_large) throw;
    return 0;  // deeper than any package
  }
  return summer.sum;
}

std::vector<std::string> library_names(const std::string& image) {
  const std::string stem = image.substr(0, image.rfind('.'));
  return {stem + ".so", stem + ".dylib", stem + ".dll"};
}

Sightings::Sightings(FileSystem& system, const Folder& depot, const Inventory& inventory) {
  for_each_item(inventory, [&](const std::string& relative, bool is_image) {
    items_.emplace(relative,
                   is_image ? see_image(system, depot, relative) : see_tree(system, depot, relative));
  });
}

const ItemSight* Sightings::find(const std::string& relative) const {
  const auto found = items_.find(relative);
  return found == items_.end() ? nullptr : &found->second;
}

bool Sightings::is_outdated(FileSystem& system, const Folder& depot, const Inventory& now) const {
  bool outdated = false;
  for_each_item(now, [&](const std::string& relative, bool) {
    const ItemSight* seen = find(relative);
    const auto info = outdated ? std::nullopt : entry_of(system, depot, relative);
    if (info && (seen == nullptr || !is_as_seen(*info, seen->self))) outdated = true;
  });
  return outdated;
}

}  // namespace jireloc::relocating
