#include "relocate/tree_copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <vector>

#include "bytes/sharing.hpp"
#include "bytes/tree_walk.hpp"

namespace jireloc {

namespace {
// The opened file must not block (a FIFO put in place of the file) and must not become our terminal.
constexpr int kReadFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

std::string kind_of_file(mode_t mode) {
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "neither a file nor a folder nor a symbolic link";
}
}  // namespace

mode_t copied_mode(mode_t source, mode_t file_mode) {
  constexpr mode_t kWritable = 0222, kExecutable = 0111;
  const mode_t given = file_mode & 0777;
  const mode_t mode = (source & S_IWUSR) != 0 ? given : given & ~kWritable;
  return (source & S_IXUSR) != 0 ? mode | ((mode >> 2) & kExecutable) : mode & ~kExecutable;
}

// Visits the source and repeats what it sees below the temporary folder.
class TreeCopier {
 public:
  TreeCopier(FileSystem& system, StagedTree& staged, const Folder& source, const TreeCopyOptions& options)
      : system_(system), staged_(staged), source_(source), options_(options) {}

  void run() {
    walk_tree(system_, source_, {options_.most_depth, options_.most_entries, options_.whole}, *this);
    target_.reset();
    finish_folders();
  }

  // A folder of the source: made in the copy when its first entry comes.
  void folder(int folder, const std::string& relative) {
    stop_if_asked();
    target_.reset();
    while (!path_.empty() && !path_.back().relative.empty() &&
           !relative.starts_with(path_.back().relative + "/"))
      path_.pop_back();
    const struct stat info = stat_of(system_, folder, join_path(source_.path, relative));
    path_.push_back({relative, info.st_atim, info.st_mtim, false});
    if (relative.empty() || options_.whole) make_folders();
  }

  void git(const std::string&, mode_t) {}  // outside of the tree

  void entry(int folder, const std::string& relative, const std::string& name, mode_t type) {
    stop_if_asked();
    make_folders();
    const CreationGuard guard;
    const std::string path = source_.path + "/" + join_path(relative, name);
    if (S_ISREG(type)) return copy_file(folder, name, path);
    if (S_ISLNK(type)) return copy_link(folder, name, path);
    throw Error(ErrorKind::unsupported, kind_of_file(type) + " cannot be part of a package", path);
  }

 private:
  struct CopiedFolder {
    std::string relative;
    timespec access_time, modification_time;
    bool is_made;
  };

  // Makes the current folder in the copy, and those that hold it, where that is still to be done.
  void make_folders() {
    if (target_) return;
    const CreationGuard guard;
    for (CopiedFolder& folder : path_) {
      if (folder.is_made) continue;
      if (!folder.relative.empty()) {
        checked(retried([&] { return system_.make_folder(top_->fd(), folder.relative.c_str(), 0700); }),
                "mkdir", join_path(staged_.path(), folder.relative));
      } else {
        top_ = open_folder_in(system_, *staged_.parent_, staged_.temporary_);
      }
      folder.is_made = true;
      ++staged_.figures_.folders;
      finished_folders_.push_back(folder);
    }
    const std::string& relative = path_.back().relative;
    target_ = relative.empty() ? top_ : open_folder_in(system_, *top_, relative);
  }

  void stop_if_asked() const {
    if (options_.stop != nullptr && options_.stop->load())
      throw Error(ErrorKind::interrupted, "stopped by a signal");
  }

  void copy_file(int folder, const std::string& name, const std::string& path) {
    const Descriptor from(
        system_,
        checked(retried([&] { return system_.open(folder, name.c_str(), kReadFlags, 0); }), "open", path));
    const struct stat info = stat_of(system_, from.get(), path);
    if (!S_ISREG(info.st_mode)) throw Error(ErrorKind::unsupported, kind_of_file(info.st_mode), path);
    const auto size = static_cast<uint64_t>(info.st_size);
    if (size > options_.most_bytes - staged_.figures_.bytes) {
      throw Error(ErrorKind::too_large,
                  fmt::format("the files are larger than {} bytes in all", options_.most_bytes), path);
    }
    ++staged_.figures_.files;
    staged_.figures_.bytes += size;
    if (options_.hard_links && link_file(folder, name, from.get(), info)) return;
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    Descriptor to(system_,
                  checked(retried([&] { return system_.open(target_->fd(), name.c_str(), kFlags, 0600); }),
                          "open", target_->path + "/" + name));
    if (size > 0 && retried([&] { return system_.clone(from.get(), to.get()); }) >= 0) {
      ++staged_.figures_.shared;
    } else {
      copy_whole(system_, from.get(), size, is_sparse(info), to.get(), path);
    }
    finish(to, info, target_->path + "/" + name);
  }

  mode_t mode_for(const struct stat& source) const { return copied_mode(source.st_mode, options_.file_mode); }

  // Only where the linked file is as a copy would be made, and nobody else may change it.
  bool link_file(int folder, const std::string& name, int fd, const struct stat& info) {
    if ((info.st_mode & 07777) != mode_for(info)) return false;
    if (options_.owner && *options_.owner != std::pair(info.st_uid, info.st_gid)) return false;
    if (!may_be_shared(system_, fd, info, options_.owner ? options_.owner->first : ::geteuid())) return false;
    const int result =
        retried([&] { return system_.link(folder, name.c_str(), target_->fd(), name.c_str()); });
    if (result < 0) return false;
    const auto linked = find_entry(system_, target_->fd(), name, target_->path + "/" + name);
    if (!linked || linked->st_ino != info.st_ino || linked->st_dev != info.st_dev) {
      throw Error(ErrorKind::conflict, "it was replaced while it was linked", target_->path + "/" + name);
    }
    ++staged_.figures_.shared;
    return true;
  }

  // Owner, mode, times, sync, close: in this order. Unlike in a rewritten image none of these may be lost,
  // since images record the times and other users need the mode.
  void finish(Descriptor& to, const struct stat& source, const std::string& path) {
    set_owner(to.get(), path);
    checked(retried([&] { return system_.set_mode(to.get(), mode_for(source)); }), "fchmod", path);
    const timespec times[2] = {source.st_atim, source.st_mtim};
    checked(retried([&] { return system_.set_times(to.get(), times); }), "futimens", path);
    if (options_.sync) checked(retried([&] { return system_.sync(to.get()); }), "fsync", path);
    if (const int closed = to.close(); closed != -EINTR) checked(closed, "close", path);
  }

  void set_owner(int fd, const std::string& path) {
    if (!options_.owner) return;
    const auto [user, group] = *options_.owner;
    checked(retried([&, user = user, group = group] { return system_.set_owner(fd, user, group); }), "fchown",
            path);
  }

  void copy_link(int folder, const std::string& name, const std::string& path) {
    const auto info = find_entry(system_, folder, name, path);
    if (!info) throw Error(ErrorKind::io, "it was removed while it was copied", path);
    std::vector<char> text(PATH_MAX + 1);
    const ssize_t length =
        checked(retried([&] { return system_.read_link(folder, name.c_str(), text.data(), PATH_MAX); }),
                "readlink", path);
    text[static_cast<size_t>(length)] = '\0';
    const std::string new_path = target_->path + "/" + name;
    checked(retried([&] { return system_.symlink(text.data(), target_->fd(), name.c_str()); }), "symlink",
            new_path);
    if (options_.owner) {
      const auto [user, group] = *options_.owner;
      checked(retried([&, user = user, group = group] {
                return system_.set_owner_at(target_->fd(), name.c_str(), user, group, AT_SYMLINK_NOFOLLOW);
              }),
              "fchownat", new_path);
    }
    const timespec times[2] = {info->st_atim, info->st_mtim};
    checked(retried([&] {
              return system_.set_times_at(target_->fd(), name.c_str(), times, AT_SYMLINK_NOFOLLOW);
            }),
            "utimensat", new_path);
    ++staged_.figures_.links;
  }

  // Making entries changed the folders' times, so these come last, the innermost folders first.
  void finish_folders() {
    for (auto folder = finished_folders_.rbegin(); folder != finished_folders_.rend(); ++folder) {
      const auto opened = folder->relative.empty() ? top_ : open_folder_in(system_, *top_, folder->relative);
      const std::string& path = opened->path;
      set_owner(opened->fd(), path);
      // The parent may have passed its group on.
      const mode_t given = stat_of(system_, opened->fd(), path).st_mode & S_ISGID;
      checked(retried([&] { return system_.set_mode(opened->fd(), (options_.folder_mode & 0777) | given); }),
              "fchmod", path);
      const timespec times[2] = {folder->access_time, folder->modification_time};
      checked(retried([&] { return system_.set_times(opened->fd(), times); }), "futimens", path);
      if (!options_.sync) continue;
      const int synced = retried([&] { return system_.sync(opened->fd()); });
      if (synced != -EINVAL && synced != -EOPNOTSUPP) checked(synced, "fsync", path);
    }
  }

  FileSystem& system_;
  StagedTree& staged_;
  const Folder& source_;
  const TreeCopyOptions& options_;
  std::shared_ptr<Folder> top_, target_;
  std::vector<CopiedFolder> path_, finished_folders_;
};

StagedTree::StagedTree(FileSystem& system, std::shared_ptr<Folder> parent, std::string name)
    : system_(&system), parent_(std::move(parent)), place_(parent_), name_(std::move(name)) {}

StagedTree::~StagedTree() {
  remove();
}

void StagedTree::remove() noexcept {
  if (!is_there_ || !parent_) return;
  try {
    remove_tree(*system_, *parent_, temporary_);
  } catch (...) {
    // A leftover under a temporary name: see remove_leftovers.
  }
}

void StagedTree::publish() {
  rename_new(*system_, place_->fd(), temporary_.c_str(), parent_->fd(), name_.c_str(), true,
             parent_->path + "/" + name_);
  is_there_ = false;
  live_.release();
}

StagedTree copy_tree(FileSystem& system, const Folder& source_parent, const std::string& source_name,
                     std::shared_ptr<Folder> target_parent, const std::string& name,
                     const TreeCopyOptions& options) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != name.npos) {
    throw Error(ErrorKind::unsupported, "not the name of a folder", target_parent->path + "/" + name);
  }
  const auto source = open_folder_in(system, source_parent, source_name);
  StagedTree staged(system, std::move(target_parent), name);
  {
    const CreationGuard guard;
    staged.temporary_ = temporary_name();
    staged.live_ = LiveTemporary(staged.parent_->fd(), staged.temporary_, LiveTemporary::Kind::tree);
    checked(
        retried([&] { return system.make_folder(staged.parent_->fd(), staged.temporary_.c_str(), 0700); }),
        "mkdir", staged.path());
    staged.is_there_ = true;
  }
  TreeCopier(system, staged, *source, options).run();
  return staged;
}

StagedTree adopt_tree(FileSystem& system, std::shared_ptr<Folder> place, std::shared_ptr<Folder> parent,
                      const std::string& name) {
  StagedTree staged(system, std::move(parent), name);
  staged.place_ = std::move(place);
  staged.temporary_ = name;
  return staged;
}

}  // namespace jireloc
