#include "support/power_cut.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "support/temp_folder.hpp"

namespace jireloc::test {

PowerCutFileSystem::PowerCutFileSystem(const std::string& folder, FileSystem& inner)
    : ForwardingFileSystem(inner), folder_(folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    first_contents_[++last_inode_] = read_file(entry.path().string());
    first_names_[entry.path().filename().string()] = last_inode_;
  }
  names_ = first_names_;
}

bool PowerCutFileSystem::is_tracked_folder(int fd) const {
  struct stat one {
  }, other{};
  return ::fstat(fd, &one) == 0 && ::stat(folder_.c_str(), &other) == 0 && one.st_ino == other.st_ino &&
         one.st_dev == other.st_dev;
}

int PowerCutFileSystem::open(int folder, const char* path, int flags, mode_t mode) {
  const std::lock_guard lock(mutex_);
  const int fd = ForwardingFileSystem::open(folder, path, flags, mode);
  if (fd < 0 || (flags & O_CREAT) == 0 || !is_tracked_folder(folder)) return fd;
  open_files_[fd] = names_[path] = ++last_inode_;  // always with O_EXCL: a new file
  events_.push_back({Event::Kind::names, 0, 0, {}, {{path, last_inode_}}});
  return fd;
}

int PowerCutFileSystem::close(int fd) {
  const std::lock_guard lock(mutex_);
  open_files_.erase(fd);
  return ForwardingFileSystem::close(fd);
}

void PowerCutFileSystem::note_write(int fd, uint64_t offset, std::string bytes) {
  if (const auto found = open_files_.find(fd); found != open_files_.end()) {
    events_.push_back({Event::Kind::write, found->second, offset, std::move(bytes), {}});
  }
}

ssize_t PowerCutFileSystem::write(int fd, const void* data, size_t size) {
  const std::lock_guard lock(mutex_);
  const off_t at = ::lseek(fd, 0, SEEK_CUR);
  const ssize_t count = ForwardingFileSystem::write(fd, data, size);
  if (count > 0)
    note_write(fd, static_cast<uint64_t>(at), {static_cast<const char*>(data), static_cast<size_t>(count)});
  return count;
}

ssize_t PowerCutFileSystem::write_at(int fd, const void* data, size_t size, off_t offset) {
  const std::lock_guard lock(mutex_);
  const ssize_t count = ForwardingFileSystem::write_at(fd, data, size, offset);
  if (count > 0) {
    note_write(fd, static_cast<uint64_t>(offset),
               {static_cast<const char*>(data), static_cast<size_t>(count)});
  }
  return count;
}

ssize_t PowerCutFileSystem::copy_range(int from, off_t offset, int to, size_t size) {
  const std::lock_guard lock(mutex_);
  const off_t at = ::lseek(to, 0, SEEK_CUR);
  const ssize_t count = ForwardingFileSystem::copy_range(from, offset, to, size);
  if (count > 0) {
    std::string bytes(static_cast<size_t>(count), '\0');
    bytes.resize(
        static_cast<size_t>(std::max<ssize_t>(0, ::pread(from, bytes.data(), bytes.size(), offset))));
    note_write(to, static_cast<uint64_t>(at), std::move(bytes));
  }
  return count;
}

int PowerCutFileSystem::clone(int from, int to) {
  (void)from, (void)to;
  return -EOPNOTSUPP;
}

int PowerCutFileSystem::sync(int fd) {
  const std::lock_guard lock(mutex_);
  const int result = ForwardingFileSystem::sync(fd);
  if (result < 0) return result;
  if (const auto found = open_files_.find(fd); found != open_files_.end()) {
    events_.push_back({Event::Kind::sync_file, found->second, 0, {}, {}});
  } else if (is_tracked_folder(fd)) {
    events_.push_back({Event::Kind::sync_folder, 0, 0, {}, {}});
  }
  return result;
}

int PowerCutFileSystem::sync_file_system(int fd) {
  const std::lock_guard lock(mutex_);
  const int result = ForwardingFileSystem::sync_file_system(fd);
  if (result >= 0) events_.push_back({Event::Kind::sync_all, 0, 0, {}, {}});
  return result;
}

int PowerCutFileSystem::rename(int from_folder, const char* from, int to_folder, const char* to,
                               unsigned flags) {
  const std::lock_guard lock(mutex_);
  const int result = ForwardingFileSystem::rename(from_folder, from, to_folder, to, flags);
  if (result < 0) return result;
  Event event{Event::Kind::names, 0, 0, {}, {{to, names_[from]}}};
  if ((flags & RENAME_EXCHANGE) != 0) {
    event.names.emplace_back(from, names_[to]);
    std::swap(names_[from], names_[to]);
  } else if (names_[from] != names_[to] ||
             !names_.contains(to)) {  // else: links of one inode, nothing happens
    event.names.emplace_back(from, std::nullopt);
    names_[to] = names_[from];
    names_.erase(from);
  }
  events_.push_back(std::move(event));
  return result;
}

int PowerCutFileSystem::link(int from_folder, const char* from, int to_folder, const char* to) {
  const std::lock_guard lock(mutex_);
  const int result = ForwardingFileSystem::link(from_folder, from, to_folder, to);
  if (result < 0) return result;
  names_[to] = names_[from];
  events_.push_back({Event::Kind::names, 0, 0, {}, {{to, names_[from]}}});
  return result;
}

int PowerCutFileSystem::unlink(int folder, const char* path, int flags) {
  const std::lock_guard lock(mutex_);
  const int result = ForwardingFileSystem::unlink(folder, path, flags);
  if (result < 0) return result;
  names_.erase(path);
  events_.push_back({Event::Kind::names, 0, 0, {}, {{path, std::nullopt}}});
  return result;
}

// Writes before the last sync are there; of the later ones each is there, lost, or torn.
std::string PowerCutFileSystem::content_after(Inode inode, size_t event_count,
                                              std::mt19937_64& random) const {
  size_t synced = 0;
  for (size_t i = 0; i < event_count; ++i) {
    const Event& event = events_[i];
    if (event.kind == Event::Kind::sync_all || (event.kind == Event::Kind::sync_file && event.inode == inode))
      synced = i;
  }
  const auto first = first_contents_.find(inode);
  std::string content = first == first_contents_.end() ? std::string() : first->second;
  for (size_t i = 0; i < event_count; ++i) {
    const Event& event = events_[i];
    if (event.kind != Event::Kind::write || event.inode != inode) continue;
    std::string bytes = event.bytes;
    const auto fate = i < synced ? 0 : random() % 4;
    if (fate == 1) continue;                                     // lost
    if (fate == 2) bytes.resize(random() % (bytes.size() + 1));  // torn: only a beginning
    if (fate == 3) bytes.assign(bytes.size(), '\0');  // torn: the length came through, the bytes did not
    if (content.size() < event.offset + bytes.size()) content.resize(event.offset + bytes.size());
    content.replace(event.offset, bytes.size(), bytes);
  }
  return content;
}

PowerCutFileSystem::Contents PowerCutFileSystem::after_cut(size_t event_count,
                                                           std::mt19937_64& random) const {
  const std::lock_guard lock(mutex_);
  size_t synced = 0;
  for (size_t i = 0; i < event_count; ++i) {
    if (events_[i].kind == Event::Kind::sync_all || events_[i].kind == Event::Kind::sync_folder) synced = i;
  }
  std::map<std::string, Inode> names = first_names_;
  for (size_t i = 0; i < event_count; ++i) {
    if (events_[i].kind != Event::Kind::names || (i > synced && random() % 2 == 0)) continue;
    for (const auto& [name, inode] : events_[i].names) {
      if (inode) {
        names[name] = *inode;
      } else {
        names.erase(name);
      }
    }
  }
  Contents contents;
  for (const auto& [name, inode] : names) contents[name] = content_after(inode, event_count, random);
  return contents;
}

}  // namespace jireloc::test
