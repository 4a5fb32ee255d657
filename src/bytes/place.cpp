#include "bytes/place.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "bytes/folders.hpp"
#include "jireloc/paths.hpp"

namespace jireloc {
namespace {

constexpr int kFollowingFlags = O_RDONLY | O_DIRECTORY | O_NONBLOCK;

// A folder that may be entered but not listed still serves for reading the files in it.
template <typename Open>
int open_to_list_or_enter(Open open) {
  const int fd = retried([&] { return open(kFollowingFlags); });
  return fd == -EACCES ? retried([&] { return open(O_PATH | O_DIRECTORY); }) : fd;
}

[[noreturn]] void refuse(int result, const std::string& path) {
  if (result == -ELOOP || result == -ENOTDIR) {
    throw Error::system(-result, "a symbolic link stands where a folder belongs; links are not followed here",
                        path);
  }
  throw Error::system(-result, "open folder", path);
}

// The folder `below` of an open one; `below` is empty for itself.
std::shared_ptr<Folder> descend(FileSystem& system, const std::shared_ptr<Folder>& top,
                                const std::string& below, int& result) {
  result = 0;
  if (below.empty()) return top;
  result = open_to_list_or_enter(
      [&](int flags) { return system.open_beneath(top->fd(), below.c_str(), flags, 0); });
  if (result < 0) return nullptr;
  auto folder = std::make_shared<Folder>();
  folder->descriptor = Descriptor(system, result);
  folder->path = joined_path(top->path, below);
  folder->device = stat_of(system, folder->fd(), folder->path).st_dev;
  return folder;
}

}  // namespace

std::string joined_path(const std::string& folder, const std::string& below) {
  return paths::joined(folder, below);
}

std::string Place::name() const {
  return std::string(paths::name(below));
}

std::shared_ptr<Folder> GivenFolder::open() {
  const std::lock_guard lock(mutex_);
  if (auto folder = open_.lock()) return folder;
  auto folder = std::make_shared<Folder>();
  const int fd =
      open_to_list_or_enter([&](int flags) { return system_.open(AT_FDCWD, path_.c_str(), flags, 0); });
  folder->descriptor = Descriptor(system_, checked(fd, "open folder", path_));
  const struct stat info = stat_of(system_, fd, path_);
  folder->device = info.st_dev;
  if (real_path_.empty()) {
    device_ = info.st_dev;
    inode_ = info.st_ino;
    real_path_ = paths::real_path(path_).value_or(path_);
  } else if (info.st_dev != device_ || info.st_ino != inode_) {
    throw Error(ErrorKind::conflict, "another folder has this name now; nothing was changed in it", path_);
  }
  folder->path = real_path_;
  open_ = folder;
  return folder;
}

Place place_of_file(const std::string& path, FileSystem& system) {
  SplitPath split = split_path(follow_links(system, path));
  return {std::make_shared<GivenFolder>(std::move(split.folder), system), std::move(split.name)};
}

std::shared_ptr<Folder> open_folder_of(const Place& place) {
  const auto top = place.top->open();
  int result = 0;
  auto folder = descend(place.top->system(), top, std::string(paths::folder(place.below)), result);
  if (!folder) refuse(result, joined_path(top->path, std::string(paths::folder(place.below))));
  return folder;
}

std::shared_ptr<Folder> make_folder_of(const Place& place) {
  FileSystem& system = place.top->system();
  auto folder = place.top->open();
  const std::string below = std::string(paths::folder(place.below));
  int result = 0;
  // Most are there already.
  if (auto there = descend(system, folder, below, result)) return there;
  if (result != -ENOENT) refuse(result, joined_path(folder->path, below));
  for (const std::string_view name : paths::components(below)) {
    if (name != ".") folder = open_or_make_folder(system, *folder, std::string(name));
  }
  return folder;
}

std::shared_ptr<Folder> FolderMaker::parent_of(const Place& place, const std::string& folder) {
  const std::string below(paths::folder(folder));
  {
    const std::lock_guard lock(mutex_);
    if (parent_ && top_ == place.top && below_ == below) return parent_;
  }
  auto parent = make_folder_of({place.top, folder});
  const std::lock_guard lock(mutex_);
  top_ = place.top;
  below_ = below;
  return parent_ = std::move(parent);
}

std::shared_ptr<Folder> FolderMaker::folder_of(const Place& place) {
  const std::string folder(paths::folder(place.below));
  const std::string name(paths::name(folder));
  if (name.empty() || name == "." || name == "..") return make_folder_of(place);
  const std::shared_ptr<Folder> parent = parent_of(place, folder);
  FileSystem& system = place.top->system();
  if (retried([&] { return system.make_folder(parent->fd(), name.c_str(), 0777); }) == 0) {
    auto made = std::make_shared<Folder>();
    const int fd =
        retried([&] { return system.open_beneath(parent->fd(), name.c_str(), kFollowingFlags, 0); });
    made->descriptor = Descriptor(system, fd);
    made->path = joined_path(parent->path, name);
    made->device = parent->device;  // nothing can be mounted on it yet
    if (fd >= 0) return made;
  }
  // There already, or something stands in the way, which is found again.
  return make_folder_of(place);
}

std::unique_ptr<ByteSource> open_file_in(FileSystem& system, const Folder& folder, const std::string& name) {
  const std::string path = joined_path(folder.path, name);
  // O_NONBLOCK: a FIFO in place of a file must not block us before we have looked at what it is.
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const int fd = retried([&] { return system.open(folder.fd(), name.c_str(), kFlags, 0); });
  if (fd == -ELOOP) throw Error(ErrorKind::unsupported, "a symbolic link, which is not followed here", path);
  return open_descriptor(checked(fd, "open", path), path, [&system](int opened) { system.close(opened); });
}

}  // namespace jireloc
