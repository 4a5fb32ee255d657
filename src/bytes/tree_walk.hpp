// Going through a tree whose owner may be changing it: by descriptors, without recursion, without following
// links. The one definition of what belongs to a package or artifact: it is what is hashed, copied and
// compared.
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
  bool whole = false;  // no git tree: ".git" is a name like all others
};

// Calls visitor.folder(folder_fd, relative) for the top ("") and each folder below it, then
// visitor.entry(folder_fd, relative, name, type) for each entry of it that is no folder, `type` as in
// S_IFMT; `relative` is the path of the folder from the top. What is named ".git" at any level is outside of
// a git tree and is not entered: visitor.git(relative, type). So is a folder without entries at any depth:
// whoever repeats a tree makes folders when their first entry comes. Entries come sorted by name; a folder's
// subfolders come after all of its own entries. Holds two descriptors at a time, whatever the depth. Throws
// Error: too_large for the limits, io.
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
// As in S_IFMT: what the listing says, else the entry is asked.
mode_t type_of(FileSystem& system, int folder, const FolderEntry& entry, const std::string& path);
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
    const std::string path = join_path(top.path, current.relative);
    if (current.depth > limits.most_depth) detail::throw_too_deep(path, limits.most_depth);
    const Descriptor folder = detail::open_for_walk(system, top, current.relative);
    visitor.folder(folder.get(), current.relative);
    const auto names = list_folder(system, folder.get(), path, limits.most_entries);
    entries += names.size();
    if (entries > limits.most_entries) detail::throw_too_many(top.path, limits.most_entries);
    const size_t first_subfolder = waiting.size();
    for (const FolderEntry& entry : names) {
      const mode_t type = detail::type_of(system, folder.get(), entry, path);
      if (entry.name == ".git" && !limits.whole) {
        visitor.git(current.relative, type);
      } else if (S_ISDIR(type)) {
        waiting.push_back({join_path(current.relative, entry.name), current.depth + 1});
      } else {
        visitor.entry(folder.get(), current.relative, entry.name, type);
      }
    }
    std::reverse(waiting.begin() + static_cast<std::ptrdiff_t>(first_subfolder), waiting.end());
  }
}

}  // namespace jireloc
