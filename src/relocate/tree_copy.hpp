// A package or artifact folder brought into another depot: copied under a temporary name, renamed when whole.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bytes/folders.hpp"
#include "bytes/temporaries.hpp"
#include "bytes/transaction.hpp"

namespace jireloc {

struct TreeCopyOptions {
  // Permission bits of copied files and folders, whatever the process's umask. Files that their owner may
  // execute may be executed by all who may read them; those that he may not write to, as Pkg installs them,
  // nobody may; set-id and sticky bits are never copied.
  mode_t file_mode = 0644;
  mode_t folder_mode = 0755;
  std::optional<std::pair<uid_t, gid_t>> owner = {};  // default: the process's own
  // Link files instead of copying them, where both trees are on one file system and the owner, mode and times
  // need no change. Only for a source that nobody writes to any more.
  bool hard_links = false;
  // Sync each file and folder (Durability::full); else that is left to the caller, before publish().
  bool sync = false;
  // No git tree: copied with folders that hold nothing, and with what is named ".git".
  bool whole = false;
  int most_depth = 128;  // of nested folders, as tree_hash has it
  uint64_t most_entries = 1'000'000;
  uint64_t most_bytes = uint64_t{64} << 30;  // of file contents, holes of sparse files included
  // Asked for each entry; when true the copy is removed and Error (interrupted) thrown.
  const std::atomic<bool>* stop = nullptr;
};

// The permission bits of a copied file.
mode_t copied_mode(mode_t source, mode_t file_mode);

struct TreeFigures {
  uint64_t folders = 0, files = 0, links = 0;  // links: symbolic ones
  uint64_t bytes = 0;                          // of file contents
  uint64_t shared = 0;  // files whose blocks are shared with, or that are linked to, the source
};

// A whole copy under a temporary name beside its place. Removed when destroyed, unless published.
class StagedTree {
 public:
  StagedTree(StagedTree&&) noexcept = default;
  StagedTree& operator=(StagedTree&&) = delete;
  ~StagedTree();

  // Where the copy lies now: to be hashed there, where its source's owner can no longer change it.
  std::string path() const { return place_->path + "/" + temporary_; }
  const TreeFigures& figures() const noexcept { return figures_; }
  // The folder that it will appear in: for syncfs and, after publish, sync_folder.
  const std::shared_ptr<Folder>& parent() const noexcept { return parent_; }

  // Renames it to its name. Throws Error (conflict) if something has that name: see compare_trees.
  void publish();

 private:
  friend StagedTree copy_tree(FileSystem&, const Folder&, const std::string&, std::shared_ptr<Folder>,
                              const std::string&, const TreeCopyOptions&);
  friend StagedTree adopt_tree(FileSystem&, std::shared_ptr<Folder>, std::shared_ptr<Folder>,
                               const std::string&);
  StagedTree(FileSystem& system, std::shared_ptr<Folder> parent, std::string name);
  void remove() noexcept;

  FileSystem* system_;
  std::shared_ptr<Folder> parent_, place_;  // that it will appear in, and that it lies in
  std::string name_, temporary_;
  LiveTemporary live_;
  bool is_there_ = false;
  TreeFigures figures_;
  friend class TreeCopier;
};

// Copies the folder `source_name` in `source_parent` to be `name` in `target_parent`: what belongs to its git
// tree and nothing else, so no ".git" and no folder without files (see walk_tree), unless it is wanted whole.
// No symbolic link is followed: their text is copied. Holes of sparse files are kept. Times are kept to the
// nanosecond, of folders and links too. File contents are shared (FICLONE), copied in the kernel, or copied,
// whatever the file systems can do first. Throws Error: unsupported (a socket, pipe or device), too_large (a
// limit), io, truncated (a file shrank meanwhile), interrupted. Nothing is left of the copy then.
StagedTree copy_tree(FileSystem& system, const Folder& source_parent, const std::string& source_name,
                     std::shared_ptr<Folder> target_parent, const std::string& name,
                     const TreeCopyOptions& options = {});
// The folder `name` in `place` itself: of a source that is temporary, and where all is as a copy would be.
// Unless published it stays where it is.
StagedTree adopt_tree(FileSystem& system, std::shared_ptr<Folder> place, std::shared_ptr<Folder> parent,
                      const std::string& name);

}  // namespace jireloc
