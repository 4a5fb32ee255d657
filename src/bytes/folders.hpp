// Folders by descriptor: listing, making, removing; never through a symbolic link below the folder given.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bytes/file_io.hpp"
#include "bytes/file_system.hpp"

namespace jireloc {

struct FolderEntry {
  std::string name;
  unsigned char type = 0;  // DT_REG, DT_DIR, DT_LNK, … or DT_UNKNOWN where the file system does not tell
};

// The entries of an open folder (from the position of `fd`, so once for each opening), "." and ".." left out,
// sorted by bytes. Throws Error (too_large) for more than `most`, (io).
std::vector<FolderEntry> list_folder(FileSystem& system, int fd, const std::string& path,
                                     uint64_t most = UINT64_MAX);

// Opens the folder `relative` below `parent`. No component may be a symbolic link: Error (io: ELOOP or
// ENOTDIR).
std::shared_ptr<Folder> open_folder_in(FileSystem& system, const Folder& parent, const std::string& relative);
// The same for one component, made with `mode` (less the umask) where it is not there.
std::shared_ptr<Folder> open_or_make_folder(FileSystem& system, const Folder& parent, const std::string& name,
                                            mode_t mode = 0777);

// Removes `name` in `parent` with all that it holds, of any depth, following no symbolic link; files and
// links too. What is gone already is no error. It uses a fixed number of descriptors and no recursion:
// folders found inside are first moved up to the top. Throws Error (io) if something cannot be removed; the
// rest is gone then.
void remove_tree(FileSystem& system, const Folder& parent, const std::string& name);

// Removes what killed processes left in `folder`: entries with temporary names, folders among them at once,
// files only if they were last changed before `files_before`, in seconds since the epoch (a process of
// another kind may be writing one); nothing of which is_live(name) says that its run goes on, and
// everything of which is_dead(name) says that it has ended. To be called with the lock of the depot held.
// Returns how many were removed; what cannot be removed is left.
uint64_t remove_leftovers(FileSystem& system, const Folder& folder, int64_t files_before,
                          const std::function<bool(const std::string& name)>& is_live = {},
                          const std::function<bool(const std::string& name)>& is_dead = {});

}  // namespace jireloc
