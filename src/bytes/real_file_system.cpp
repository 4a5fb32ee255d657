#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>

#include "bytes/file_system.hpp"

namespace jireloc {

namespace {

// The result of a call, or -errno.
template <typename Number>
Number or_errno(Number result) {
  return result < 0 ? static_cast<Number>(-errno) : result;
}

}  // namespace

int open_beneath_by_components(int folder, std::string_view path, int flags, mode_t mode) {
  if (path.empty()) return -ENOENT;
  if (path.front() == '/') return -EXDEV;
  int at = folder;
  for (;;) {
    const size_t slash = path.find('/');
    const std::string component(path.substr(0, slash));
    size_t next = slash;
    while (next < path.size() && path[next] == '/') ++next;
    const bool last = next >= path.size();
    if (component == "..") {
      if (at != folder) ::close(at);
      return -EXDEV;
    }
    const int how = last ? flags | O_NOFOLLOW | (slash == path.npos ? 0 : O_DIRECTORY)
                         : O_PATH | O_DIRECTORY | O_NOFOLLOW;
    int opened = or_errno(::openat(at, component.c_str(), how | O_CLOEXEC, mode));
    if (at != folder) ::close(at);
    // A symbolic link with O_DIRECTORY | O_NOFOLLOW is "not a directory"; both answers mean a refused path.
    if (opened < 0 || last) return opened;
    at = opened;
    path.remove_prefix(next);
  }
}

namespace {

class RealFileSystem final : public FileSystem {
 public:
  int open(int folder, const char* path, int flags, mode_t mode) override {
    return or_errno(::openat(folder, path, flags | O_CLOEXEC, mode));
  }

  int open_beneath(int folder, const char* path, int flags, mode_t mode) override {
    if (has_openat2_.load(std::memory_order_relaxed)) {
      open_how how{};
      how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
      how.mode = (flags & O_CREAT) != 0 ? mode : 0;
      how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
      const int fd = static_cast<int>(or_errno(::syscall(SYS_openat2, folder, path, &how, sizeof how)));
      // Some sandboxes answer EPERM to calls they do not know.
      if (fd != -ENOSYS && fd != -EPERM) return fd;
      if (fd == -ENOSYS) has_openat2_.store(false, std::memory_order_relaxed);
    }
    return open_beneath_by_components(folder, path, flags, mode);
  }

  int close(int fd) override { return or_errno(::close(fd)); }

  ssize_t read(int fd, void* buffer, size_t size) override { return or_errno(::read(fd, buffer, size)); }
  ssize_t read_at(int fd, void* buffer, size_t size, off_t offset) override {
    return or_errno(::pread(fd, buffer, size, offset));
  }
  ssize_t write(int fd, const void* data, size_t size) override { return or_errno(::write(fd, data, size)); }
  ssize_t write_at(int fd, const void* data, size_t size, off_t offset) override {
    return or_errno(::pwrite(fd, data, size, offset));
  }
  ssize_t copy_range(int from, off_t offset, int to, size_t size) override {
    return or_errno(::copy_file_range(from, &offset, to, nullptr, size, 0));
  }
  off_t seek(int fd, off_t offset, int whence) override { return or_errno(::lseek(fd, offset, whence)); }
  int resize(int fd, off_t size) override { return or_errno(::ftruncate(fd, size)); }
  int clone(int from, int to) override { return or_errno(::ioctl(to, FICLONE, from)); }

  int sync(int fd) override { return or_errno(::fsync(fd)); }
  int sync_file_system(int fd) override { return or_errno(::syncfs(fd)); }

  int stat(int fd, struct stat& result) override { return or_errno(::fstat(fd, &result)); }
  int stat_at(int folder, const char* path, struct stat& result, int flags) override {
    return or_errno(::fstatat(folder, path, &result, flags));
  }
  ssize_t read_link(int folder, const char* path, char* buffer, size_t size) override {
    return or_errno(::readlinkat(folder, path, buffer, size));
  }
  ssize_t list(int folder, void* buffer, size_t size) override {
    return or_errno(::getdents64(folder, buffer, size));
  }

  int rename(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) override {
    if (flags == 0) return or_errno(::renameat(from_folder, from, to_folder, to));
    return or_errno(::renameat2(from_folder, from, to_folder, to, flags));
  }
  int link(int from_folder, const char* from, int to_folder, const char* to) override {
    return or_errno(::linkat(from_folder, from, to_folder, to, 0));
  }
  int symlink(const char* text, int folder, const char* path) override {
    return or_errno(::symlinkat(text, folder, path));
  }
  int unlink(int folder, const char* path, int flags) override {
    return or_errno(::unlinkat(folder, path, flags));
  }
  int make_folder(int folder, const char* path, mode_t mode) override {
    return or_errno(::mkdirat(folder, path, mode));
  }

  int set_times(int fd, const timespec times[2]) override { return or_errno(::futimens(fd, times)); }
  int set_times_at(int folder, const char* path, const timespec times[2], int flags) override {
    return or_errno(::utimensat(folder, path, times, flags));
  }
  int set_mode(int fd, mode_t mode) override { return or_errno(::fchmod(fd, mode)); }
  int set_owner(int fd, uid_t user, gid_t group) override { return or_errno(::fchown(fd, user, group)); }
  int set_owner_at(int folder, const char* path, uid_t user, gid_t group, int flags) override {
    return or_errno(::fchownat(folder, path, user, group, flags));
  }

  ssize_t list_attributes(int fd, char* buffer, size_t size) override {
    return or_errno(::flistxattr(fd, buffer, size));
  }
  ssize_t get_attribute(int fd, const char* name, void* buffer, size_t size) override {
    return or_errno(::fgetxattr(fd, name, buffer, size));
  }
  int set_attribute(int fd, const char* name, const void* data, size_t size) override {
    return or_errno(::fsetxattr(fd, name, data, size, 0));
  }
  int remove_attribute(int fd, const char* name) override { return or_errno(::fremovexattr(fd, name)); }

  int lock(int fd, int operation) override { return or_errno(::flock(fd, operation)); }

 private:
  std::atomic<bool> has_openat2_{true};
};

}  // namespace

FileSystem& real_file_system() {
  static RealFileSystem system;
  return system;
}

}  // namespace jireloc
