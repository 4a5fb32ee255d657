// What lies in a depot, listed without following a symbolic link.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "bytes/folders.hpp"
#include "relocate/known_folders.hpp"

namespace jireloc::relocating {

struct TreeRef {       // packages/Name/SLUG, artifacts/SHA1
  std::string folder;  // "packages/Name", "artifacts"
  std::string name;
  std::string relative() const { return folder + "/" + name; }
};

struct ImageRef {      // compiled/vX.Y/Name/SLUG_SLUG.ji
  std::string folder;  // "compiled/vX.Y/Name" or "compiled/vX.Y"
  std::string file;
  std::string relative() const { return folder + "/" + file; }
};

struct LeftoverRef {
  std::string folder, file;
  Code code;
  std::string message;
  bool in_progress = false;  // somebody is, or may be, at work on it
  std::string relative() const { return folder + "/" + file; }
};

struct Inventory {
  std::vector<TreeRef> packages, artifacts;
  std::vector<ImageRef> images;
  std::vector<LeftoverRef> leftovers;
  std::vector<Error> problems;  // folders that could not be listed

  // That a link was not followed has a reason, which the kernel does not know.
  void explain_refused(const std::vector<Error>& links);
};

// What a compilation leaves is taken for its work in progress until it is older than `grace`.
inline constexpr std::chrono::seconds kGrace{3600};
// `jobs`: how many threads may list it. `known`: which of its folders need not be listed; null: all need.
Inventory take_inventory(FileSystem& system, const Folder& depot, std::chrono::seconds grace = kGrace,
                         int jobs = 1, KnownFolders* known = nullptr);
// Of the images in these folders ("compiled/vX.Y") alone.
Inventory take_image_inventory(FileSystem& system, const Folder& depot, const std::set<std::string>& folders);
// Of the images that lie directly in these folders ("compiled/vX.Y/Name"); one that is not there has none.
Inventory list_images_in(FileSystem& system, const Folder& depot, const std::set<std::string>& folders,
                         KnownFolders* known = nullptr, int jobs = 1);

}  // namespace jireloc::relocating
