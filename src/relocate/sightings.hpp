// What lay in a depot before it was judged, so that what is removed afterwards is what was judged.
#pragma once

#include <map>
#include <string>

#include "bytes/folders.hpp"
#include "bytes/transaction.hpp"
#include "relocate/inventory.hpp"

namespace jireloc::relocating {

// A file, link or folder, as it was seen under some name.
struct Sight {
  FileIdentity identity;
  timespec written{};  // mtime
  timespec renamed{};  // ctime: giving it another name, and this one again, changes it
};
Sight sight_of(const struct stat& info);
// Whether it is the same, as it was, whatever its name.
bool is_same_as(const struct stat& now, const Sight& then);
// And has had that name all the time, as far as can be told of a file that has several.
bool is_as_seen(const struct stat& now, const Sight& then);

struct ItemSight {
  Sight self;                              // of a .ji, or of the folder of a package or artifact
  uint64_t inside = 0;                     // of such a folder: of all that it holds, at any depth
  std::map<std::string, Sight> libraries;  // beside a .ji, by name
};

class Sightings {
 public:
  // Looks at the images, packages and artifacts of an inventory. What cannot be looked at stays unseen.
  Sightings(FileSystem& system, const Folder& depot, const Inventory& inventory);

  // By the path in the depot; null: not seen.
  const ItemSight* find(const std::string& relative) const;
  // Whether images, packages or artifacts have come, or others taken a name, since then: what was judged for
  // want of something may have it now. What an in-depth look would show is not looked for.
  bool is_outdated(FileSystem& system, const Folder& depot, const Inventory& now) const;

 private:
  std::map<std::string, ItemSight> items_;
};

// Of what a folder holds now, at any depth: its names apart, another number for any other file, size or time.
uint64_t sum_inside(FileSystem& system, const Folder& folder);

// Names of the native libraries that may lie beside "NAME.ji", a path perhaps.
std::vector<std::string> library_names(const std::string& image);

}  // namespace jireloc::relocating
