// Every system call that jireloc changes files with, behind one interface, so that tests can make each of
// them fail, be cut short or be lost in a power cut.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <ctime>
#include <string_view>
#include <utility>

#include "jireloc/real_file_system.hpp"

namespace jireloc {

// A thin layer: one method a call, with the kernel's meaning. Results are those of the call; failures are
// returned as -errno (errno itself is not looked at). Nothing is retried here, EINTR included: see
// file_io.hpp. Thread-safe. Folders are named by descriptor (or AT_FDCWD), entries by a name or path relative
// to it.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // openat. O_CLOEXEC is added.
  virtual int open(int folder, const char* path, int flags, mode_t mode = 0) = 0;
  // openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS: no component of `path` may be a symbolic link or
  // lead out of `folder` (-ELOOP, -EXDEV). Where the kernel lacks the call the path is walked by O_NOFOLLOW.
  virtual int open_beneath(int folder, const char* path, int flags, mode_t mode = 0) = 0;
  virtual int close(int fd) = 0;

  virtual ssize_t read(int fd, void* buffer, size_t size) = 0;
  virtual ssize_t read_at(int fd, void* buffer, size_t size, off_t offset) = 0;
  virtual ssize_t write(int fd, const void* data, size_t size) = 0;
  virtual ssize_t write_at(int fd, const void* data, size_t size, off_t offset) = 0;
  // copy_file_range from `offset` of `from` to the file position of `to`.
  virtual ssize_t copy_range(int from, off_t offset, int to, size_t size) = 0;
  // lseek, with SEEK_DATA and SEEK_HOLE too.
  virtual off_t seek(int fd, off_t offset, int whence) = 0;
  virtual int resize(int fd, off_t size) = 0;  // ftruncate
  // FICLONE: `to` becomes a copy of `from` that shares its blocks.
  virtual int clone(int from, int to) = 0;

  virtual int sync(int fd) = 0;              // fsync
  virtual int sync_file_system(int fd) = 0;  // syncfs

  virtual int stat(int fd, struct stat& result) = 0;
  virtual int stat_at(int folder, const char* path, struct stat& result, int flags) = 0;
  virtual ssize_t read_link(int folder, const char* path, char* buffer, size_t size) = 0;
  virtual ssize_t list(int folder, void* buffer, size_t size) = 0;  // getdents64

  virtual int rename(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) = 0;
  virtual int link(int from_folder, const char* from, int to_folder, const char* to) = 0;  // follows no link
  virtual int symlink(const char* text, int folder, const char* path) = 0;
  virtual int unlink(int folder, const char* path, int flags) = 0;
  virtual int make_folder(int folder, const char* path, mode_t mode) = 0;

  virtual int set_times(int fd, const timespec times[2]) = 0;
  virtual int set_times_at(int folder, const char* path, const timespec times[2], int flags) = 0;
  virtual int set_mode(int fd, mode_t mode) = 0;
  virtual int set_owner(int fd, uid_t user, gid_t group) = 0;
  virtual int set_owner_at(int folder, const char* path, uid_t user, gid_t group, int flags) = 0;

  virtual ssize_t list_attributes(int fd, char* buffer, size_t size) = 0;
  virtual ssize_t get_attribute(int fd, const char* name, void* buffer, size_t size) = 0;
  virtual int set_attribute(int fd, const char* name, const void* data, size_t size) = 0;
  virtual int remove_attribute(int fd, const char* name) = 0;

  virtual int lock(int fd, int operation) = 0;  // flock
};

// What RealFileSystem::open_beneath does on kernels before 5.6 and in sandboxes that forbid openat2: each
// component is opened by itself with O_NOFOLLOW. Stricter in one point: ".." is refused (-EXDEV) wherever it
// leads.
int open_beneath_by_components(int folder, std::string_view path, int flags, mode_t mode);

// An open descriptor, closed with its owner. Errors of that close are not seen: where they matter (a written
// file), call close().
class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(FileSystem& system, int fd) : system_(&system), fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : system_(other.system_), fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      system_ = other.system_;
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  // 0 or -errno; the descriptor is gone either way.
  int close() noexcept { return fd_ < 0 ? 0 : system_->close(std::exchange(fd_, -1)); }

 private:
  FileSystem* system_ = nullptr;
  int fd_ = -1;
};

}  // namespace jireloc
