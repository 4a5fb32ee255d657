// Other names of a depot, as its images record them: home is a link, or was one when some of them were
// compiled.
#pragma once

#include <sys/types.h>

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bytes/folders.hpp"
#include "jireloc/file_view.hpp"

namespace jireloc::relocating {

// May be used from many threads.
class Spellings {
 public:
  // `depot`: open, and called `name` as `view` sees it.
  Spellings(FileSystem& system, const Folder& depot, const FileView& view, std::string name);

  // The same place by the depot's own name, where a path leads into the depot by another one, which is
  // remembered; nothing for any other path. Throws Error (unsupported) where that name goes up again, by
  // "..": no map says what becomes of such a name.
  std::optional<std::string> own_name(const std::string& path);
  void add(const std::string& name);
  // Sorted, each once.
  std::vector<std::string> found() const;

 private:
  enum class Leads { here, elsewhere, nowhere };
  Leads look_at(const std::string& folder);

  const FileView& view_;
  const std::string name_;
  dev_t device_;
  ino_t inode_;
  mutable std::mutex mutex_;
  std::map<std::string, Leads> looked_at_;
  std::set<std::string> found_;
};

}  // namespace jireloc::relocating
