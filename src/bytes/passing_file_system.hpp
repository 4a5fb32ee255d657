// A file system that passes every call on to another one: for those that see a few things otherwise.
#pragma once

#include "bytes/file_system.hpp"

namespace jireloc {

class PassingFileSystem : public FileSystem {
 public:
  explicit PassingFileSystem(FileSystem& inner) : inner_(inner) {}

  int open(int folder, const char* path, int flags, mode_t mode) override {
    return inner_.open(folder, path, flags, mode);
  }
  int open_beneath(int folder, const char* path, int flags, mode_t mode) override {
    return inner_.open_beneath(folder, path, flags, mode);
  }
  int close(int fd) override { return inner_.close(fd); }
  ssize_t read(int fd, void* buffer, size_t size) override { return inner_.read(fd, buffer, size); }
  ssize_t read_at(int fd, void* buffer, size_t size, off_t offset) override {
    return inner_.read_at(fd, buffer, size, offset);
  }
  ssize_t write(int fd, const void* data, size_t size) override { return inner_.write(fd, data, size); }
  ssize_t write_at(int fd, const void* data, size_t size, off_t offset) override {
    return inner_.write_at(fd, data, size, offset);
  }
  ssize_t copy_range(int from, off_t offset, int to, size_t size) override {
    return inner_.copy_range(from, offset, to, size);
  }
  off_t seek(int fd, off_t offset, int whence) override { return inner_.seek(fd, offset, whence); }
  int resize(int fd, off_t size) override { return inner_.resize(fd, size); }
  int clone(int from, int to) override { return inner_.clone(from, to); }
  int sync(int fd) override { return inner_.sync(fd); }
  int sync_file_system(int fd) override { return inner_.sync_file_system(fd); }
  int stat(int fd, struct stat& result) override { return inner_.stat(fd, result); }
  int stat_at(int folder, const char* path, struct stat& result, int flags) override {
    return inner_.stat_at(folder, path, result, flags);
  }
  ssize_t read_link(int folder, const char* path, char* buffer, size_t size) override {
    return inner_.read_link(folder, path, buffer, size);
  }
  ssize_t list(int folder, void* buffer, size_t size) override { return inner_.list(folder, buffer, size); }
  int rename(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) override {
    return inner_.rename(from_folder, from, to_folder, to, flags);
  }
  int link(int from_folder, const char* from, int to_folder, const char* to) override {
    return inner_.link(from_folder, from, to_folder, to);
  }
  int symlink(const char* text, int folder, const char* path) override {
    return inner_.symlink(text, folder, path);
  }
  int unlink(int folder, const char* path, int flags) override { return inner_.unlink(folder, path, flags); }
  int make_folder(int folder, const char* path, mode_t mode) override {
    return inner_.make_folder(folder, path, mode);
  }
  int set_times(int fd, const timespec times[2]) override { return inner_.set_times(fd, times); }
  int set_times_at(int folder, const char* path, const timespec times[2], int flags) override {
    return inner_.set_times_at(folder, path, times, flags);
  }
  int set_mode(int fd, mode_t mode) override { return inner_.set_mode(fd, mode); }
  int set_owner(int fd, uid_t user, gid_t group) override { return inner_.set_owner(fd, user, group); }
  int set_owner_at(int folder, const char* path, uid_t user, gid_t group, int flags) override {
    return inner_.set_owner_at(folder, path, user, group, flags);
  }
  ssize_t list_attributes(int fd, char* buffer, size_t size) override {
    return inner_.list_attributes(fd, buffer, size);
  }
  ssize_t get_attribute(int fd, const char* name, void* buffer, size_t size) override {
    return inner_.get_attribute(fd, name, buffer, size);
  }
  int set_attribute(int fd, const char* name, const void* data, size_t size) override {
    return inner_.set_attribute(fd, name, data, size);
  }
  int remove_attribute(int fd, const char* name) override { return inner_.remove_attribute(fd, name); }
  int lock(int fd, int operation) override { return inner_.lock(fd, operation); }

 protected:
  FileSystem& inner_;
};

}  // namespace jireloc
