// Depots whose packages, artifacts or compiled lie on another disk, behind a symbolic link.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bytes/file_io.hpp"
#include "bytes/passing_file_system.hpp"
#include "jireloc/file_view.hpp"

namespace jireloc::relocating {

// The file system as everybody else sees it, but for the links that follow() has found to be fit: below a
// depot's descriptor, their names stand for the folders that they lead to. Those are opened once, so nobody
// can turn a link elsewhere while a run is at work.
class LinkedTops final : public PassingFileSystem {
 public:
  using PassingFileSystem::PassingFileSystem;

  // Looks at the three folders of a depot, which must stay open; Julia sees it as `seen`, and follows links
  // as `view` says. Returns those links that are not followed, with the reason: they,
  // or what they lead to, belong neither to root nor to the user who runs. Links to nothing are no folders.
  std::vector<Error> follow(const Folder& depot, const FileView& view, const std::string& seen);

  int open_beneath(int folder, const char* path, int flags, mode_t mode) override;
  int sync_file_system(int fd) override;
  int stat_at(int folder, const char* path, struct stat& result, int flags) override;

 private:
  // The folder behind the link that a path below a depot begins with; null: none. `rest`: what follows it.
  const Folder* behind(int folder, const char* path, const char** rest) const;

  std::map<int, std::map<std::string, std::shared_ptr<Folder>, std::less<>>> depots_;  // by descriptor, name
};

}  // namespace jireloc::relocating
