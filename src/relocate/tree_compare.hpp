// Whether two package or artifact folders are the same to Julia.
#pragma once

#include <optional>
#include <string>

#include "bytes/tree_walk.hpp"

namespace jireloc {

struct TreeDifference {
  std::string path;     // from the top of the trees
  std::string message;  // "contents differ", …
};

// The first difference in byte order of the paths: names, contents of files, whether their owner may execute
// them, texts of symbolic links. What is outside of a git tree (".git", folders without files at any depth),
// times, owners and other permissions do not count. Special files are different from everything. Nothing: the
// trees are equal. Throws Error: io, too_large.
std::optional<TreeDifference> find_tree_difference(FileSystem& system, const Folder& one, const Folder& other,
                                                   const WalkLimits& limits = {});

// Whether all that `one` holds, in the same sense, is in `other` too. Throws as above.
bool is_part_of(FileSystem& system, const Folder& one, const Folder& other, const WalkLimits& limits = {});

}  // namespace jireloc
