// The git tree hash over any file system.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "bytes/folders.hpp"
#include "jireloc/tree_hash.hpp"

namespace jireloc {

// Is told what a tree hash goes over, while it does, in the order of walk_tree. Paths are those from the top.
class TreeReading {
 public:
  virtual ~TreeReading() = default;
  virtual void folder(const std::string& path, const struct stat& info) = 0;
  // Its content follows, whole, in pieces.
  virtual void file(const std::string& path, const struct stat& info) = 0;
  virtual void content(std::string_view piece) = 0;
  virtual void link(const std::string& path, const struct stat& info, std::string_view text) = 0;
};

// tree_hash of an open folder. `reading`: who is told; may be null.
TreeHash tree_hash(FileSystem& system, const Folder& folder, const TreeLimits& limits = {},
                   TreeReading* reading = nullptr);

}  // namespace jireloc
