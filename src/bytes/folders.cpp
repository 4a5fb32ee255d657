#include "bytes/folders.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "bytes/temporaries.hpp"

namespace jireloc {

namespace {

// Appends the entries in a buffer of linux_dirent64 records.
void parse_records(const char* buffer, size_t size, std::vector<FolderEntry>& entries) {
  for (size_t at = 0; at < size;) {
    unsigned short length = 0;
    std::memcpy(&length, buffer + at + offsetof(dirent64, d_reclen), sizeof length);
    const char* name = buffer + at + offsetof(dirent64, d_name);
    const auto type = static_cast<unsigned char>(buffer[at + offsetof(dirent64, d_type)]);
    if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0) entries.push_back({name, type});
    at += length;
  }
}

std::shared_ptr<Folder> as_folder(FileSystem& system, int fd, const std::string& path) {
  auto folder = std::make_shared<Folder>();
  folder->path = path;
  folder->descriptor = Descriptor(system, fd);
  folder->device = stat_of(system, fd, path).st_dev;
  return folder;
}

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

}  // namespace

std::vector<FolderEntry> list_folder(FileSystem& system, int fd, const std::string& path, uint64_t most) {
  std::vector<FolderEntry> entries;
  alignas(std::max_align_t) char buffer[size_t{32} << 10];  // not from the heap: each folder is listed
  for (;;) {
    const ssize_t size =
        checked(retried([&] { return system.list(fd, buffer, sizeof buffer); }), "getdents", path);
    if (size == 0) break;
    parse_records(buffer, static_cast<size_t>(size), entries);
    if (entries.size() > most) {
      throw Error(ErrorKind::too_large, fmt::format("more than {} entries in one folder", most), path);
    }
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

std::shared_ptr<Folder> open_folder_in(FileSystem& system, const Folder& parent,
                                       const std::string& relative) {
  const std::string path = parent.path + "/" + relative;
  const int fd = retried([&] { return system.open_beneath(parent.fd(), relative.c_str(), kFolderFlags, 0); });
  return as_folder(system, checked(fd, "open", path), path);
}

std::shared_ptr<Folder> open_or_make_folder(FileSystem& system, const Folder& parent, const std::string& name,
                                            mode_t mode) {
  const int made = retried([&] { return system.make_folder(parent.fd(), name.c_str(), mode); });
  if (made != -EEXIST) checked(made, "mkdir", parent.path + "/" + name);
  return open_folder_in(system, parent, name);
}

namespace {

// Removes a tree by turning it inside out: subfolders are moved up into the top folder, under fresh names,
// before the folder that held them is removed.
class TreeRemover {
 public:
  TreeRemover(FileSystem& system, const Folder& parent, const std::string& name)
      : system_(system), parent_(parent), name_(name), path_(parent.path + "/" + name) {}

  void run() {
    const int fd = retried([&] { return system_.open(parent_.fd(), name_.c_str(), kFolderFlags, 0); });
    if (fd == -ENOTDIR || fd == -ELOOP) return note(unlink(parent_.fd(), name_, 0), name_), finish();
    if (fd == -ENOENT) return;
    checked(fd, "open", path_);
    const Descriptor top(system_, fd);
    empty_into(fd, fd);
    while (!waiting_.empty()) {
      const std::string next = std::move(waiting_.back());
      waiting_.pop_back();
      remove_moved(fd, next);
    }
    note(unlink(parent_.fd(), name_, AT_REMOVEDIR), name_);
    finish();
  }

 private:
  int unlink(int folder, const std::string& name, int flags) {
    return retried([&] { return system_.unlink(folder, name.c_str(), flags); });
  }
  void note(int result, const std::string& name) {
    if (result < 0 && result != -ENOENT && first_failure_ == 0) {
      first_failure_ = result;
      failed_ = name;
    }
  }
  void finish() const {
    if (first_failure_ < 0) throw Error::system(-first_failure_, "removing " + failed_, path_);
  }

  // Removes the files in `folder`; its subfolders wait in `top` then.
  void empty_into(int folder, int top) {
    // A folder that was made unreadable must still be emptied.
    for (const FolderEntry& entry : list_folder(system_, folder, path_)) {
      int result = entry.type == DT_DIR ? -EISDIR : unlink(folder, entry.name, 0);
      if (result != -EISDIR && result != -EPERM) {
        note(result, entry.name);
        continue;
      }
      if (folder == top) {
        waiting_.push_back(entry.name);
        continue;
      }
      if (unlink(folder, entry.name, AT_REMOVEDIR) >= 0) continue;  // nothing was in it
      const std::string moved = temporary_name();
      result = retried([&] { return system_.rename(folder, entry.name.c_str(), top, moved.c_str(), 0); });
      note(result, entry.name);
      if (result >= 0) waiting_.push_back(moved);
    }
  }

  void remove_moved(int top, const std::string& name) {
    const int fd = retried([&] { return system_.open(top, name.c_str(), kFolderFlags, 0); });
    if (fd < 0) return note(fd, name);
    const Descriptor folder(system_, fd);
    empty_into(fd, top);
    note(unlink(top, name, AT_REMOVEDIR), name);
  }

  FileSystem& system_;
  const Folder& parent_;
  const std::string name_, path_;
  std::vector<std::string> waiting_;
  int first_failure_ = 0;
  std::string failed_;
};

}  // namespace

void remove_tree(FileSystem& system, const Folder& parent, const std::string& name) {
  TreeRemover(system, parent, name).run();
}

void remove_live_trees(FileSystem& system) noexcept {
  try {
    for (const LiveTree& tree : live_trees()) {
      // Its owner keeps the folder open; a descriptor of our own is not needed.
      const int fd = retried([&] { return system.open(tree.folder, ".", kFolderFlags, 0); });
      if (fd >= 0) remove_tree(system, *as_folder(system, fd, "."), tree.name);
    }
  } catch (...) {
    // The process is ending: what stays is a leftover under a name that the next run removes.
  }
}

uint64_t remove_leftovers(FileSystem& system, const Folder& folder, int64_t files_before,
                          const std::function<bool(const std::string& name)>& is_live,
                          const std::function<bool(const std::string& name)>& is_dead) {
  uint64_t removed = 0;
  checked(retried([&] { return system.seek(folder.fd(), 0, SEEK_SET); }), "lseek", folder.path);
  for (const FolderEntry& entry : list_folder(system, folder.fd(), folder.path)) {
    if (!is_temporary_name(entry.name) || (is_live && is_live(entry.name))) continue;
    try {
      const auto info = find_entry(system, folder.fd(), entry.name, folder.path);
      const bool is_certain = info && (S_ISDIR(info->st_mode) || (is_dead && is_dead(entry.name)));
      if (!info || (!is_certain && info->st_ctim.tv_sec >= files_before)) continue;
      remove_tree(system, folder, entry.name);
      ++removed;
    } catch (const Error&) {
      // Left for the next run, or for someone who may.
    }
  }
  return removed;
}

}  // namespace jireloc
