// The git tree hash over any file system.
#pragma once

#include "bytes/folders.hpp"
#include "jireloc/tree_hash.hpp"

namespace jireloc {

// tree_hash of an open folder.
TreeHash tree_hash(FileSystem& system, const Folder& folder, const TreeLimits& limits = {});

}  // namespace jireloc
