#include "support/forwarding_file_system.hpp"

namespace jireloc::test {

std::string_view name(Call call) {
  switch (call) {
    case Call::open:
      return "open";
    case Call::open_beneath:
      return "open_beneath";
    case Call::close:
      return "close";
    case Call::read:
      return "read";
    case Call::read_at:
      return "read_at";
    case Call::write:
      return "write";
    case Call::write_at:
      return "write_at";
    case Call::copy_range:
      return "copy_range";
    case Call::seek:
      return "seek";
    case Call::resize:
      return "resize";
    case Call::clone:
      return "clone";
    case Call::sync:
      return "sync";
    case Call::sync_file_system:
      return "sync_file_system";
    case Call::stat:
      return "stat";
    case Call::stat_at:
      return "stat_at";
    case Call::read_link:
      return "read_link";
    case Call::list:
      return "list";
    case Call::rename:
      return "rename";
    case Call::link:
      return "link";
    case Call::symlink:
      return "symlink";
    case Call::unlink:
      return "unlink";
    case Call::make_folder:
      return "make_folder";
    case Call::set_times:
      return "set_times";
    case Call::set_times_at:
      return "set_times_at";
    case Call::set_mode:
      return "set_mode";
    case Call::set_owner:
      return "set_owner";
    case Call::set_owner_at:
      return "set_owner_at";
    case Call::list_attributes:
      return "list_attributes";
    case Call::get_attribute:
      return "get_attribute";
    case Call::set_attribute:
      return "set_attribute";
    case Call::remove_attribute:
      return "remove_attribute";
    case Call::lock:
      return "lock";
  }
  return "?";
}

int ForwardingFileSystem::open(int folder, const char* path, int flags, mode_t mode) {
  return static_cast<int>(
      around(Call::open, nullptr, [&] { return inner_.open(folder, path, flags, mode); }));
}
int ForwardingFileSystem::open_beneath(int folder, const char* path, int flags, mode_t mode) {
  return static_cast<int>(
      around(Call::open_beneath, nullptr, [&] { return inner_.open_beneath(folder, path, flags, mode); }));
}
int ForwardingFileSystem::close(int fd) {
  return static_cast<int>(around(Call::close, nullptr, [&] { return inner_.close(fd); }));
}
ssize_t ForwardingFileSystem::read(int fd, void* buffer, size_t size) {
  return around(Call::read, &size, [&] { return inner_.read(fd, buffer, size); });
}
ssize_t ForwardingFileSystem::read_at(int fd, void* buffer, size_t size, off_t offset) {
  return around(Call::read_at, &size, [&] { return inner_.read_at(fd, buffer, size, offset); });
}
ssize_t ForwardingFileSystem::write(int fd, const void* data, size_t size) {
  return around(Call::write, &size, [&] { return inner_.write(fd, data, size); });
}
ssize_t ForwardingFileSystem::write_at(int fd, const void* data, size_t size, off_t offset) {
  return around(Call::write_at, &size, [&] { return inner_.write_at(fd, data, size, offset); });
}
ssize_t ForwardingFileSystem::copy_range(int from, off_t offset, int to, size_t size) {
  return around(Call::copy_range, &size, [&] { return inner_.copy_range(from, offset, to, size); });
}
off_t ForwardingFileSystem::seek(int fd, off_t offset, int whence) {
  return around(Call::seek, nullptr, [&] { return inner_.seek(fd, offset, whence); });
}
int ForwardingFileSystem::resize(int fd, off_t size) {
  return static_cast<int>(around(Call::resize, nullptr, [&] { return inner_.resize(fd, size); }));
}
int ForwardingFileSystem::clone(int from, int to) {
  return static_cast<int>(around(Call::clone, nullptr, [&] { return inner_.clone(from, to); }));
}
int ForwardingFileSystem::sync(int fd) {
  return static_cast<int>(around(Call::sync, nullptr, [&] { return inner_.sync(fd); }));
}
int ForwardingFileSystem::sync_file_system(int fd) {
  return static_cast<int>(
      around(Call::sync_file_system, nullptr, [&] { return inner_.sync_file_system(fd); }));
}
int ForwardingFileSystem::stat(int fd, struct stat& result) {
  return static_cast<int>(around(Call::stat, nullptr, [&] { return inner_.stat(fd, result); }));
}
int ForwardingFileSystem::stat_at(int folder, const char* path, struct stat& result, int flags) {
  return static_cast<int>(
      around(Call::stat_at, nullptr, [&] { return inner_.stat_at(folder, path, result, flags); }));
}
ssize_t ForwardingFileSystem::read_link(int folder, const char* path, char* buffer, size_t size) {
  return around(Call::read_link, nullptr, [&] { return inner_.read_link(folder, path, buffer, size); });
}
ssize_t ForwardingFileSystem::list(int folder, void* buffer, size_t size) {
  return around(Call::list, nullptr, [&] { return inner_.list(folder, buffer, size); });
}
int ForwardingFileSystem::rename(int from_folder, const char* from, int to_folder, const char* to,
                                 unsigned flags) {
  return static_cast<int>(
      around(Call::rename, nullptr, [&] { return inner_.rename(from_folder, from, to_folder, to, flags); }));
}
int ForwardingFileSystem::link(int from_folder, const char* from, int to_folder, const char* to) {
  return static_cast<int>(
      around(Call::link, nullptr, [&] { return inner_.link(from_folder, from, to_folder, to); }));
}
int ForwardingFileSystem::symlink(const char* text, int folder, const char* path) {
  return static_cast<int>(around(Call::symlink, nullptr, [&] { return inner_.symlink(text, folder, path); }));
}
int ForwardingFileSystem::unlink(int folder, const char* path, int flags) {
  return static_cast<int>(around(Call::unlink, nullptr, [&] { return inner_.unlink(folder, path, flags); }));
}
int ForwardingFileSystem::make_folder(int folder, const char* path, mode_t mode) {
  return static_cast<int>(
      around(Call::make_folder, nullptr, [&] { return inner_.make_folder(folder, path, mode); }));
}
int ForwardingFileSystem::set_times(int fd, const timespec times[2]) {
  return static_cast<int>(around(Call::set_times, nullptr, [&] { return inner_.set_times(fd, times); }));
}
int ForwardingFileSystem::set_times_at(int folder, const char* path, const timespec times[2], int flags) {
  return static_cast<int>(
      around(Call::set_times_at, nullptr, [&] { return inner_.set_times_at(folder, path, times, flags); }));
}
int ForwardingFileSystem::set_mode(int fd, mode_t mode) {
  return static_cast<int>(around(Call::set_mode, nullptr, [&] { return inner_.set_mode(fd, mode); }));
}
int ForwardingFileSystem::set_owner(int fd, uid_t user, gid_t group) {
  return static_cast<int>(
      around(Call::set_owner, nullptr, [&] { return inner_.set_owner(fd, user, group); }));
}
int ForwardingFileSystem::set_owner_at(int folder, const char* path, uid_t user, gid_t group, int flags) {
  return static_cast<int>(around(Call::set_owner_at, nullptr,
                                 [&] { return inner_.set_owner_at(folder, path, user, group, flags); }));
}
ssize_t ForwardingFileSystem::list_attributes(int fd, char* buffer, size_t size) {
  return around(Call::list_attributes, nullptr, [&] { return inner_.list_attributes(fd, buffer, size); });
}
ssize_t ForwardingFileSystem::get_attribute(int fd, const char* name, void* buffer, size_t size) {
  return around(Call::get_attribute, nullptr, [&] { return inner_.get_attribute(fd, name, buffer, size); });
}
int ForwardingFileSystem::set_attribute(int fd, const char* name, const void* data, size_t size) {
  return static_cast<int>(
      around(Call::set_attribute, nullptr, [&] { return inner_.set_attribute(fd, name, data, size); }));
}
int ForwardingFileSystem::remove_attribute(int fd, const char* name) {
  return static_cast<int>(
      around(Call::remove_attribute, nullptr, [&] { return inner_.remove_attribute(fd, name); }));
}
int ForwardingFileSystem::lock(int fd, int operation) {
  return static_cast<int>(around(Call::lock, nullptr, [&] { return inner_.lock(fd, operation); }));
}

}  // namespace jireloc::test
