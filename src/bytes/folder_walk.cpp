#include "bytes/folder_walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "bytes/folders.hpp"

namespace jireloc {
namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK;

mode_t type_of(int folder, const FolderEntry& entry) {
  if (entry.type != DT_UNKNOWN) return DTTOIF(entry.type);
  struct stat status {};
  const int result = real_file_system().stat_at(folder, entry.name.c_str(), status, AT_SYMLINK_NOFOLLOW);
  return result < 0 ? 0 : status.st_mode & S_IFMT;
}

}  // namespace

FolderWalk::FolderWalk(std::shared_ptr<GivenFolder> folder,
                       std::function<bool(std::string_view, std::string_view)> wanted)
    : given_(std::move(folder)), wanted_(std::move(wanted)) {}

std::string FolderWalk::path_of(const std::string& below) const {
  return below.empty() ? given_->path() : joined_path(given_->path(), below);
}

// Opens a folder below the top and follows no symbolic link on the way. Throws Error (io).
Descriptor FolderWalk::open_folder(const std::string& below, const std::string& path) const {
  FileSystem& system = real_file_system();
  const int opened = retried(
      [&] { return system.open_beneath(top_->fd(), below.empty() ? "." : below.c_str(), folder_flags); });
  return {system, checked(opened, "open folder", path)};
}

// Reads the names of one folder. Throws Error (io) with the folder's path.
void FolderWalk::enter(const std::string& below) {
  const std::string path = path_of(below);
  const Descriptor folder = open_folder(below, path);
  const struct stat status = stat_of(real_file_system(), folder.get(), path);
  for (const Level& level : levels_) {
    if (level.device == status.st_dev && level.inode == status.st_ino) {
      throw Error(ErrorKind::io, "the folder contains itself", path);
    }
  }
  Level level{below.empty() ? "" : below + "/", {}, status.st_dev, status.st_ino};
  for (FolderEntry& entry : list_folder(real_file_system(), folder.get(), path)) {
    const mode_t type = type_of(folder.get(), entry);
    if (S_ISDIR(type)) {
      level.entries.push_back({std::move(entry.name), true});
    } else if (S_ISREG(type) && wanted_(path, entry.name)) {
      level.entries.push_back({std::move(entry.name), false});
    }
  }
  std::reverse(level.entries.begin(), level.entries.end());
  levels_.push_back(std::move(level));
}

std::optional<FolderWalk::Found> FolderWalk::next() {
  try {
    if (!begun_) {
      begun_ = true;
      top_ = given_->open();
      enter("");
    }
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.entries.empty()) {
        levels_.pop_back();
        continue;
      }
      const Entry entry = std::move(level.entries.back());
      level.entries.pop_back();
      const std::string below = level.below + entry.name;
      if (!entry.is_folder) return Found{path_of(below), below, {}};
      enter(below);
    }
  } catch (const Error& error) {
    return Found{error.file(), {}, error};
  }
  return {};
}

}  // namespace jireloc
