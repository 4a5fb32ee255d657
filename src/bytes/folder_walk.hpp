// Regular files below a folder, one after the other.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytes/place.hpp"
#include "jireloc/error.hpp"

namespace jireloc {

// Walks depth first, names in byte order. Symbolic links are never followed below the folder, also where one
// is put in place of a folder while the walk is under way. Memory: the names of the folders between the top
// and the current place.
class FolderWalk {
 public:
  struct Found {
    std::string path;              // the folder's name, then what is below it
    std::string below;             // that alone
    std::optional<Error> problem;  // set: a folder that could not be read
  };

  // `wanted(folder, name)` chooses among the regular files; `folder` is the path of the folder they lie in.
  FolderWalk(std::shared_ptr<GivenFolder> folder,
             std::function<bool(std::string_view folder, std::string_view name)> wanted);

  std::optional<Found> next();

 private:
  struct Entry {
    std::string name;
    bool is_folder;
  };
  struct Level {
    std::string below;           // path below the top, with a slash at its end; empty for the top
    std::vector<Entry> entries;  // in reverse order: taken from the end
    dev_t device;
    ino_t inode;
  };
  Descriptor open_folder(const std::string& below, const std::string& path) const;
  void enter(const std::string& below);
  std::string path_of(const std::string& below) const;

  const std::shared_ptr<GivenFolder> given_;
  std::function<bool(std::string_view, std::string_view)> wanted_;
  std::shared_ptr<Folder> top_;
  bool begun_ = false;
  std::vector<Level> levels_;
};

}  // namespace jireloc
