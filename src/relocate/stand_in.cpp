#include "relocate/stand_in.hpp"

#include "relocate/sightings.hpp"

namespace jireloc::relocating {
namespace {

FileIdentity identity_below(FileSystem& system, const Folder& top, const std::string& relative) {
  const auto info = entry_below(system, top, relative);
  if (!info) throw Error::system(ENOENT, "stat", top.path + "/" + relative);
  return identity_of(*info);
}

}  // namespace

std::optional<struct stat> entry_below(FileSystem& system, const Folder& top, const std::string& relative) {
  const SplitPath path = split_path(relative);
  try {
    const auto folder = open_folder_in(system, top, path.folder);
    return find_entry(system, folder->fd(), path.name, top.path + "/" + relative);
  } catch (const Error& error) {
    if (error.system_errno() == ENOENT) return {};
    throw;
  }
}

StandIn stand_in_for_tree(FileSystem& system, const Folder& target, const std::string& relative) {
  return {relative, identity_below(system, target, relative)};
}

StandIn stand_in_for_image(FileSystem& system, const Folder& target, const std::string& relative) {
  StandIn stand_in{relative, identity_below(system, target, relative)};
  for (std::string& name : library_names(relative)) {
    const auto library = entry_below(system, target, name);
    if (!library) continue;
    stand_in.library = std::move(name);
    stand_in.verified_library = identity_of(*library);
  }
  return stand_in;
}

}  // namespace jireloc::relocating
