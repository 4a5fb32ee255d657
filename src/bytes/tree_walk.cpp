#include "bytes/tree_walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>

namespace jireloc::detail {

void throw_too_deep(const std::string& path, int depth) {
  // The path itself would be as long as the tree is deep.
  throw Error(ErrorKind::too_large, fmt::format("folders are nested deeper than {} levels", depth),
              path.size() > 200 ? path.substr(0, 200) + "…" : path);
}

void throw_too_many(const std::string& path, uint64_t entries) {
  throw Error(ErrorKind::too_large, fmt::format("more than {} entries", entries), path);
}

Descriptor open_for_walk(FileSystem& system, const Folder& top, const std::string& relative) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  const char* below = relative.empty() ? "." : relative.c_str();
  const int fd = retried([&] { return system.open_beneath(top.fd(), below, kFlags, 0); });
  return {system, checked(fd, "open", join_path(top.path, relative))};
}

mode_t type_of(FileSystem& system, int folder, const FolderEntry& entry, const std::string& path) {
  if (entry.type != DT_UNKNOWN) return DTTOIF(entry.type);
  const auto info = find_entry(system, folder, entry.name, path + "/" + entry.name);
  if (!info) throw Error(ErrorKind::io, "it was removed while it was read", path + "/" + entry.name);
  return info->st_mode & S_IFMT;
}

}  // namespace jireloc::detail
