// What a bundle lists of a depot's files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bundle/held_contents.hpp"
#include "bytes/file_io.hpp"
#include "jireloc/bundle.hpp"
#include "jireloc/error.hpp"
#include "jireloc/relocate.hpp"
#include "jireloc/tree_hash.hpp"

namespace jireloc::bundles {

// A package or artifact: what its tree hash speaks of and the folders on the way there, digests included.
struct ListedTree {
  TreeHash hash;
  std::vector<BundleFile> files = {};
  std::optional<Error> problem = {};  // no bundle can hold it, and why
};

// Each file is read once, for all that is told of it. Contents go to `held` as long as that has room. Throws
// Error as tree_hash does.
ListedTree list_tree(FileSystem& system, const Folder& depot, const std::string& tree,
                     const TreeLimits& limits, HeldContents& held);

// Whether a folder with that hash may be cached as `tree` ("packages/Name/SLUG", "artifacts/SHA1"); of what
// lies at `folder` only the project file is read. Throws Error where that cannot be told.
bool is_as_named(const std::string& folder, const std::string& tree, const TreeHash& hash,
                 const DepotRules& rules);

// A file by its path in the depot, without its digest. Throws Error: io, conflict (it is gone), unsupported
// (no bundle can hold it).
BundleFile list_file(FileSystem& system, const Folder& depot, const std::string& path);

}  // namespace jireloc::bundles
