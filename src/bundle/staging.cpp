#include "bundle/staging.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/threads.hpp"
#include "bundle/names.hpp"
#include "bytes/folders.hpp"
#include "relocate/depot_lock.hpp"
#include "relocate/run.hpp"
#include "relocate/tree_copy.hpp"

namespace jireloc::bundles {

Staging::Staging(FileSystem& system, std::shared_ptr<Folder> depot, const RelocateOptions& options)
    : system_(system),
      depot_(std::move(depot)),
      file_mode_(options.file_mode),
      folder_mode_((options.folder_mode & 0777) | 0700) {
  const std::atomic<bool>* stop = options.stop;
  {
    const DepotLock lock(system_, *depot_, {options.lock_timeout, options.waiting, [stop] {
                                              return stop != nullptr && stop->load();
                                            }});
    relocating::clear_leftovers(system_, *depot_);
    mark_.emplace(system_, depot_);
  }
  const CreationGuard guard;
  name_ = temporary_name();
  live_ = LiveTemporary(depot_->fd(), name_, LiveTemporary::Kind::tree);
  checked(retried([&] { return system_.make_folder(depot_->fd(), name_.c_str(), 0700); }), "mkdir",
          depot_->path + "/" + name_);
  folder_ = open_folder_in(system_, *depot_, name_);
}

Staging::~Staging() {
  try {
    remove_tree(system_, *depot_, name_);
  } catch (...) {
    // The next run removes it.
  }
}

// "compiled/v1.10/Name" of an image; a bundle lists the folders of packages and artifacts from their top on.
void Staging::make_folders_above(const std::string& path) {
  const std::string_view tree = tree_of(path);
  if (!tree.empty() && tree != path) return;
  const std::string above = path.substr(0, path.rfind('/'));
  if (above == made_) return;
  for (size_t end = 0; end < above.size();) {
    end = std::min(above.find('/', end + 1), above.size());
    const std::string folder = above.substr(0, end);
    const int made = retried([&] { return system_.make_folder(folder_->fd(), folder.c_str(), 0755); });
    if (made != -EEXIST) checked(made, "mkdir", full(folder));
  }
  made_ = above;
}

// Every name was looked at when the manifest was read, and a link is the last component of a path: nothing
// lies below one. So no path here leads out of the folder.
void Staging::make_place(const BundleFile& file) {
  make_folders_above(file.path);
  const char* path = file.path.c_str();
  if (file.kind == BundleFileKind::folder) {
    checked(retried([&] { return system_.make_folder(folder_->fd(), path, folder_mode_); }), "mkdir",
            full(file.path));
    folders_.push_back(file);
  } else if (file.kind == BundleFileKind::link) {
    checked(retried([&] { return system_.symlink(file.link.c_str(), folder_->fd(), path); }), "symlink",
            full(file.path));
    set_times(file);
  }
}

mode_t Staging::mode_of(const BundleFile& file) const {
  return copied_mode(file.mode, file_mode_);
}

Staging::Made Staging::write(const BundleFile& file, std::string_view content) const {
  Open open(*this, file);
  open.write(content);
  return open.close();
}

Staging::Open::Open(const Staging& staging, const BundleFile& file)
    : staging_(staging), file_(file), path_(staging.full(file.path)) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  const mode_t mode = staging_.mode_of(file);
  const int fd = retried(
      [&] { return staging_.system_.open_beneath(staging_.folder_->fd(), file.path.c_str(), kFlags, mode); });
  descriptor_ = Descriptor(staging_.system_, checked(fd, "open", path_));
}

void Staging::Open::write(std::string_view piece) {
  if (!piece.empty()) write_all(staging_.system_, descriptor_.get(), piece, path_);
}

Staging::Made Staging::Open::close() {
  FileSystem& system = staging_.system_;
  const int fd = descriptor_.get();
  const mode_t mode = staging_.mode_of(file_);
  struct stat info = stat_of(system, fd, path_);
  if ((info.st_mode & 07777) != mode) {  // the process's umask
    checked(retried([&] { return system.set_mode(fd, mode); }), "fchmod", path_);
    info = stat_of(system, fd, path_);
  }
  const timespec times[2] = {{0, UTIME_OMIT}, {file_.seconds, file_.nanoseconds}};
  checked(retried([&] { return system.set_times(fd, times); }), "futimens", path_);
  // After EINTR it is closed all the same.
  if (const int closed = descriptor_.close(); closed != -EINTR) checked(closed, "close", path_);
  return {info, S_ISREG(info.st_mode) && static_cast<uint64_t>(info.st_size) == file_.size &&
                    (info.st_mode & S_IXUSR) == (mode & S_IXUSR)};
}

void Staging::set_times(const BundleFile& file) const {
  const timespec times[2] = {{0, UTIME_OMIT}, {file.seconds, file.nanoseconds}};
  checked(retried([&] {
            return system_.set_times_at(folder_->fd(), file.path.c_str(), times, AT_SYMLINK_NOFOLLOW);
          }),
          "utimensat", full(file.path));
}

void Staging::finish(Threads threads) const {
  for_all_shares(threads, folders_.size(), [&](Share share) {
    for (size_t i = share.begin; i < share.end; ++i) set_times(folders_[i]);
  });
}

}  // namespace jireloc::bundles
