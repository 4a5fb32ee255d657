// A FileSystem that hands every call on to another one, with one place to step in.
#pragma once

#include <functional>
#include <string_view>

#include "bytes/file_system.hpp"

namespace jireloc::test {

enum class Call {
  open,
  open_beneath,
  close,
  read,
  read_at,
  write,
  write_at,
  copy_range,
  seek,
  resize,
  clone,
  sync,
  sync_file_system,
  stat,
  stat_at,
  read_link,
  list,
  rename,
  link,
  symlink,
  unlink,
  make_folder,
  set_times,
  set_times_at,
  set_mode,
  set_owner,
  set_owner_at,
  list_attributes,
  get_attribute,
  set_attribute,
  remove_attribute,
  lock,
};
std::string_view name(Call call);

class ForwardingFileSystem : public FileSystem {
 public:
  explicit ForwardingFileSystem(FileSystem& inner) : inner_(inner) {}

  int open(int folder, const char* path, int flags, mode_t mode) override;
  int open_beneath(int folder, const char* path, int flags, mode_t mode) override;
  int close(int fd) override;
  ssize_t read(int fd, void* buffer, size_t size) override;
  ssize_t read_at(int fd, void* buffer, size_t size, off_t offset) override;
  ssize_t write(int fd, const void* data, size_t size) override;
  ssize_t write_at(int fd, const void* data, size_t size, off_t offset) override;
  ssize_t copy_range(int from, off_t offset, int to, size_t size) override;
  off_t seek(int fd, off_t offset, int whence) override;
  int resize(int fd, off_t size) override;
  int clone(int from, int to) override;
  int sync(int fd) override;
  int sync_file_system(int fd) override;
  int stat(int fd, struct stat& result) override;
  int stat_at(int folder, const char* path, struct stat& result, int flags) override;
  ssize_t read_link(int folder, const char* path, char* buffer, size_t size) override;
  ssize_t list(int folder, void* buffer, size_t size) override;
  int rename(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) override;
  int link(int from_folder, const char* from, int to_folder, const char* to) override;
  int symlink(const char* text, int folder, const char* path) override;
  int unlink(int folder, const char* path, int flags) override;
  int make_folder(int folder, const char* path, mode_t mode) override;
  int set_times(int fd, const timespec times[2]) override;
  int set_times_at(int folder, const char* path, const timespec times[2], int flags) override;
  int set_mode(int fd, mode_t mode) override;
  int set_owner(int fd, uid_t user, gid_t group) override;
  int set_owner_at(int folder, const char* path, uid_t user, gid_t group, int flags) override;
  ssize_t list_attributes(int fd, char* buffer, size_t size) override;
  ssize_t get_attribute(int fd, const char* name, void* buffer, size_t size) override;
  int set_attribute(int fd, const char* name, const void* data, size_t size) override;
  int remove_attribute(int fd, const char* name) override;
  int lock(int fd, int operation) override;

 protected:
  // Runs `forward`, or does something else. `size` is what a transfer was asked to move, and may be made
  // smaller; null for other calls.
  virtual ssize_t around(Call call, size_t* size, const std::function<ssize_t()>& forward) {
    (void)call, (void)size;
    return forward();
  }

 private:
  FileSystem& inner_;
};

}  // namespace jireloc::test
