#include "cli/folder_walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace jireloc::cli {
namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK;

// Opens a folder below `top` and follows no symbolic link on the way.
int open_below(int top, const std::string& path) {
  struct open_how how {};
  how.flags = folder_flags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const long opened = ::syscall(SYS_openat2, top, path.c_str(), &how, sizeof how);
  if (opened >= 0 || errno != ENOSYS) return static_cast<int>(opened);

  // Kernels before 5.6: one component after the other.
  int current = ::fcntl(top, F_DUPFD_CLOEXEC, 3);
  for (size_t begin = 0; begin < path.size() && current >= 0;) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const int next = ::openat(current, path.substr(begin, end - begin).c_str(), folder_flags | O_NOFOLLOW);
    const int saved = errno;
    ::close(current);
    errno = saved;
    current = next;
    begin = end + 1;
  }
  return current;
}

bool is_folder_at(int folder, const dirent& entry, bool& regular) {
  unsigned char type = entry.d_type;
  if (type == DT_UNKNOWN) {
    struct stat status {};
    if (::fstatat(folder, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
    type = S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_LNK;
  }
  regular = type == DT_REG;
  return type == DT_DIR;
}

}  // namespace

FolderWalk::FolderWalk(std::string folder, std::function<bool(std::string_view, std::string_view)> wanted)
    : top_(std::move(folder)), wanted_(std::move(wanted)) {}

FolderWalk::~FolderWalk() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string FolderWalk::path_of(const std::string& below) const {
  if (below.empty()) return top_;
  return top_.ends_with('/') ? top_ + below : top_ + "/" + below;
}

int FolderWalk::open_folder(const std::string& below) const {
  return below.empty() ? ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 3) : open_below(descriptor_, below);
}

// Reads the names of one folder. Throws Error (io) with the folder's path.
void FolderWalk::enter(const std::string& below) {
  const int opened = open_folder(below);
  struct stat status {};
  std::unique_ptr<DIR, int (*)(DIR*)> folder(opened >= 0 ? ::fdopendir(opened) : nullptr, &::closedir);
  if (!folder || ::fstat(opened, &status) != 0) {
    const int saved = errno;
    if (!folder && opened >= 0) ::close(opened);
    throw Error::system(saved, "open folder", path_of(below));
  }
  for (const Level& level : levels_) {
    if (level.device == status.st_dev && level.inode == status.st_ino) {
      throw Error(ErrorKind::io, "the folder contains itself", path_of(below));
    }
  }
  Level level{below.empty() ? "" : below + "/", {}, status.st_dev, status.st_ino};
  const std::string folder_path = path_of(below);
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    bool regular = false;
    if (is_folder_at(opened, *entry, regular)) {
      level.entries.push_back({std::string(name), true});
    } else if (regular && wanted_(folder_path, name)) {
      level.entries.push_back({std::string(name), false});
    }
  }
  if (errno != 0) throw Error::system(errno, "read folder", folder_path);
  std::sort(level.entries.begin(), level.entries.end(), [](auto& a, auto& b) { return a.name > b.name; });
  levels_.push_back(std::move(level));
}

std::optional<FolderWalk::Found> FolderWalk::next() {
  try {
    if (!begun_) {
      begun_ = true;
      descriptor_ = ::open(top_.c_str(), folder_flags);
      if (descriptor_ < 0) throw Error::system(errno, "open folder", top_);
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
      if (!entry.is_folder) return Found{path_of(below), {}};
      enter(below);
    }
  } catch (const Error& error) {
    return Found{error.file(), error};
  }
  return {};
}

}  // namespace jireloc::cli
