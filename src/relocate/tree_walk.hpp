// Going through a tree whose owner may be changing it: by descriptors, without recursion, without following
// links.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bytes/folders.hpp"

namespace jireloc {

struct WalkLimits {
  int most_depth = 128;
  uint64_t most_entries = 1'000'000;
};

// Calls visitor.folder(relative, info) for the top ("") and each folder below it, then
// visitor.entry(folder_fd, relative, name, info) for each entry of it that is no folder; `relative` is the
// path of the folder from the top. Entries come sorted by name; a folder's subfolders come after all of its
// own entries. Holds two descriptors at a time. Throws Error: too_large for the limits and for paths that the
// kernel finds too long, io.
template <typename Visitor>
void walk_tree(FileSystem& system, const Folder& top, const WalkLimits& limits, Visitor& visitor);

namespace detail {
struct PendingFolder {
  std::string relative;
  int depth = 0;
};
[[noreturn]] void throw_too_deep(const std::string& path, int depth);
[[noreturn]] void throw_too_many(const std::string& path, uint64_t entries);
// Opens the folder `relative` ("" is the top itself) again, for listing.
Descriptor open_for_walk(FileSystem& system, const Folder& top, const std::string& relative);
}  // namespace detail

inline std::string join_path(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

template <typename Visitor>
void walk_tree(FileSystem& system, const Folder& top, const WalkLimits& limits, Visitor& visitor) {
  std::vector<detail::PendingFolder> waiting{{"", 0}};
  uint64_t entries = 0;
  while (!waiting.empty()) {
    const detail::PendingFolder current = std::move(waiting.back());
    waiting.pop_back();
    const std::string path = top.path + "/" + current.relative;
    if (current.depth > limits.most_depth) detail::throw_too_deep(path, limits.most_depth);
    const Descriptor folder = detail::open_for_walk(system, top, current.relative);
    visitor.folder(current.relative, stat_of(system, folder.get(), path));
    const auto names = list_folder(system, folder.get(), path, limits.most_entries);
    entries += names.size();
    if (entries > limits.most_entries) detail::throw_too_many(top.path, limits.most_entries);
    const size_t first_subfolder = waiting.size();
    for (const FolderEntry& entry : names) {
      const auto info = find_entry(system, folder.get(), entry.name, path + "/" + entry.name);
      if (!info) throw Error(ErrorKind::io, "it was removed while it was read", path + "/" + entry.name);
      if (S_ISDIR(info->st_mode)) {
        waiting.push_back({join_path(current.relative, entry.name), current.depth + 1});
      } else {
        visitor.entry(folder.get(), current.relative, entry.name, *info);
      }
    }
    std::reverse(waiting.begin() + static_cast<std::ptrdiff_t>(first_subfolder), waiting.end());
  }
}

}  // namespace jireloc
