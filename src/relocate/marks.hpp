// What tells that files are as they were, without a look into them: what stat says of each.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <ctime>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "bytes/folders.hpp"

namespace jireloc::relocating {

// XXH3-128 over device, inode, mode, size, time of change and of writing of one or more files. Whoever
// changes a file, its name, or a folder's entries changes one of them: nobody can set the time of change.
struct Mark {
  uint64_t high = 0, low = 0;
  bool operator==(const Mark&) const = default;
};

struct MarkTaken {
  Mark mark;
  // Whether it will do to tell a later change: all files had been left alone for a while, on file systems
  // that keep these times. Else a change may come so soon that its time is the same.
  bool is_lasting = true;
};

struct TreeMark {
  // What lies in the tree: paths from its top, each with a zero behind it, a folder before what it holds. The
  // top itself, which is marked too, is not among them.
  std::string names;
  MarkTaken taken;
  bool has_links = false;  // symbolic ones
};

struct ImageMark {
  MarkTaken taken;
  uint8_t libraries = 0;  // which of library_names() are there and marked too: a bit each
};

// For several threads. A mark is taken before what it stands for is looked into: what changes between the two
// has another one the next time.
class Marker {
 public:
  // What has changed later than two seconds before that time is not lasting.
  explicit Marker(FileSystem& system, int64_t now = std::time(nullptr)) : system_(system), now_(now) {}

  // Of a package or artifact, "packages/Name/SLUG", of what walk_tree finds there. Throws Error where that
  // cannot be looked at or is more than a git tree (".git").
  TreeMark of_tree(const Folder& depot, const std::string& tree) const;
  // Of the same files by their names; nothing where one of them is not there.
  std::optional<Mark> of_tree(const Folder& depot, const std::string& tree, const std::string& names) const;
  // Of a folder alone, for the names in it: it is marked before it is listed.
  MarkTaken of_folder(const Folder& folder) const;
  // Of the same, not opened; nothing where it cannot be looked at.
  std::optional<Mark> of_folder(const Folder& depot, const std::string& relative) const;
  // Of an image, "compiled/vX.Y/Name/FILE.ji", and of whatever has the name of a library of its. Throws Error
  // where that cannot be looked at.
  ImageMark of_image(const Folder& depot, const std::string& image) const;
  // Of the same files; nothing where one of them is not there. What else may have come beside them is nothing
  // to an image that is as it was.
  std::optional<Mark> of_image(const Folder& depot, const std::string& image, uint8_t libraries) const;
  // Of what an absolute path leads to; that nothing is there has a mark as well. Of folders counts that they
  // are there, but below a standard library: whatever else is put into them is nobody's business. Throws
  // Error where that cannot be told.
  MarkTaken of_place(const std::string& path) const;
  // Of a place where nothing is.
  Mark of_nothing() const;

 private:
  class Taking;
  class Walk;

  bool keeps_times(dev_t device, const std::string& path) const;

  FileSystem& system_;
  const int64_t now_;
  mutable std::mutex mutex_;
  mutable std::map<dev_t, bool> devices_;
};

}  // namespace jireloc::relocating
