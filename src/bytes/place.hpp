// Places, opened.
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "bytes/file_io.hpp"
#include "bytes/file_system.hpp"
#include "jireloc/byte_source.hpp"
#include "jireloc/place.hpp"

namespace jireloc {

std::string joined_path(const std::string& folder, const std::string& below);

// A folder given by name; symbolic links in that name are followed. It is open while somebody holds what
// open() gave, so that any number of them needs few descriptors. Opened again it must be the same folder.
// Thread-safe.
class GivenFolder {
 public:
  explicit GivenFolder(std::string path, FileSystem& system = real_file_system())
      : system_(system), path_(std::move(path)) {}

  // Throws Error: io; conflict where another folder has the name now.
  std::shared_ptr<Folder> open();
  // As given.
  const std::string& path() const noexcept { return path_; }
  // Without symbolic links, as it was when first opened; to be called after that.
  const std::string& real_path() const noexcept { return real_path_; }
  FileSystem& system() const noexcept { return system_; }

 private:
  FileSystem& system_;
  const std::string path_;
  std::mutex mutex_;
  std::weak_ptr<Folder> open_;
  std::string real_path_;  // empty: not opened yet
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// The place of a file given by name, with a symbolic link of that name followed to what it leads to.
Place place_of_file(const std::string& path, FileSystem& system = real_file_system());

// Opens the folder that the file lies in. Its `path` has no symbolic link. Throws Error: io (ELOOP or ENOTDIR
// where a link is on the way), conflict (see GivenFolder).
std::shared_ptr<Folder> open_folder_of(const Place& place);
// The same; folders below the top that are not there are made, with mode 0777 less the umask.
std::shared_ptr<Folder> make_folder_of(const Place& place);

// make_folder_of for many places, most of which lie in new folders beside each other: the folder that those
// were made in last stays open. Thread-safe.
class FolderMaker {
 public:
  std::shared_ptr<Folder> folder_of(const Place& place);

 private:
  std::shared_ptr<Folder> parent_of(const Place& place, const std::string& folder);

  std::mutex mutex_;
  std::shared_ptr<GivenFolder> top_;
  std::string below_;
  std::shared_ptr<Folder> parent_;  // `below_` of top_
};

// Opens the file `name` of a folder for reading. Throws Error: unsupported (a symbolic link, or no regular
// file), io.
std::unique_ptr<ByteSource> open_file_in(FileSystem& system, const Folder& folder, const std::string& name);

}  // namespace jireloc
