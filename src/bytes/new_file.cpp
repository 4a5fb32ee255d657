#include <fcntl.h>
#include <linux/fs.h>

#include <cerrno>

#include "bytes/transaction.hpp"
#include "jireloc/byte_source.hpp"

namespace jireloc {

NewFile::NewFile(FileSystem& system, std::shared_ptr<Folder> folder, std::string name, std::string path,
                 TargetOptions options, std::vector<Note>& notes)
    : system_(system),
      folder_(std::move(folder)),
      name_(std::move(name)),
      path_(std::move(path)),
      options_(options),
      notes_(notes) {}

NewFile::~NewFile() {
  descriptor_.close();
  clean_up();
}

AddNote NewFile::note_adder() {
  return [this](std::string message) { notes_.push_back({path_, std::move(message)}); };
}

// Runs `make` (which creates an entry under the temporary name) with fresh names until one was free. The name
// is registered first: a signal in between finds a name without a file, never a file without its name.
int NewFile::make_temporary(const std::function<int()>& make) {
  constexpr int kMostTries = 100;
  const CreationGuard guard;
  int result = -EEXIST;
  for (int tries = 0; result == -EEXIST && tries < kMostTries; ++tries) {
    temporary_ = temporary_name();
    live_ = LiveTemporary(folder_->fd(), temporary_);
    result = retried(make);
  }
  if (result >= 0) {
    state_ = State::open;
  } else {
    live_.release();
  }
  return result;
}

void NewFile::create() {
  // Stricter than the final mode until all is as it shall be: nobody reads meanwhile what they may not read.
  const mode_t mode = options_.mode ? *options_.mode & 0600 : 0666;
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
  const int fd =
      make_temporary([&] { return system_.open(folder_->fd(), temporary_.c_str(), kFlags, mode); });
  if (fd < 0) throw Error::system(-fd, "creating a temporary file in the folder", path_);
  descriptor_ = Descriptor(system_, fd);
  metadata_.mode = options_.mode;
}

// 0 or -errno.
int NewFile::link_from(int folder, const char* name) {
  const int linked =
      make_temporary([&] { return system_.link(folder, name, folder_->fd(), temporary_.c_str()); });
  is_link_ = linked >= 0;
  return linked;
}

void NewFile::write(std::string_view data) {
  write_all(system_, descriptor_.get(), data, path_);
}

void NewFile::pwrite(uint64_t offset, std::string_view data) {
  write_all_at(system_, descriptor_.get(), data, offset, path_);
}

void NewFile::copy_from(int fd, uint64_t offset, uint64_t length) {
  copy_all(system_, fd, offset, length, descriptor_.get(), path_);
}

bool NewFile::clone_from(int fd) {
  const int result = retried([&] { return system_.clone(fd, descriptor_.get()); });
  if (result == -EIO || result == -ENOSPC) throw Error::system(-result, "ioctl FICLONE", path_);
  return result >= 0;
}

void NewFile::keep(int fd, const Keep& keep) {
  keep_with(fd, stat_of(system_, fd, path_), keep);
}

void NewFile::keep(const ByteSource& source, const Keep& keep) {
  keep_with(source.descriptor(), stat_of(source), keep);
}

void NewFile::keep_with(int fd, const struct stat& status, const Keep& keep) {
  metadata_ = read_metadata(system_, fd, status, keep, path_, note_adder());
  if (!metadata_.mode) metadata_.mode = options_.mode;
}

uint64_t NewFile::size() const {
  return static_cast<uint64_t>(stat_of(system_, descriptor_.get(), path_).st_size);
}

void NewFile::seal(bool sync) {
  if (state_ != State::open) return;
  if (!is_link_) {
    apply_metadata(system_, descriptor_.get(), metadata_, path_, note_adder());
    if (sync) checked(retried([&] { return system_.sync(descriptor_.get()); }), "fsync", path_);
    // Network file systems tell of failed writes here. After EINTR the descriptor is closed all the same.
    const int closed = descriptor_.close();
    if (closed != -EINTR) checked(closed, "close", path_);
  }
  state_ = State::sealed;
}

bool NewFile::is_as_read(const std::optional<struct stat>& now) const {
  if (!options_.expect) return true;
  return now && now->st_dev == options_.expect->device && now->st_ino == options_.expect->inode &&
         now->st_size == options_.expect->size;
}

void NewFile::throw_changed() const {
  throw Error(ErrorKind::conflict, "another process has changed the file since it was read", path_);
}

// Swaps the names, so that the old file stays at hand under the temporary one.
void NewFile::exchange() {
  const int folder = folder_->fd();
  const int result = retried(
      [&] { return system_.rename(folder, temporary_.c_str(), folder, name_.c_str(), RENAME_EXCHANGE); });
  if (result == -ENOENT) return create_target();
  if (result == -EINVAL || result == -ENOSYS) return replace_target();
  checked(result, "rename", path_);
  state_ = State::exchanged;
  const auto old = find_entry(system_, folder, temporary_, path_);
  if (old && S_ISDIR(old->st_mode)) {
    undo();
    throw Error(ErrorKind::conflict, "a folder is there", path_);
  }
  // Of two processes that replace a library and then its image, one must not leave the other's image beside
  // its library: only who swapped out the library that was read goes on.
  if (old && !is_as_read(old)) {
    undo();
    throw_changed();
  }
}

void NewFile::create_target() {
  rename_new(system_, folder_->fd(), temporary_.c_str(), folder_->fd(), name_.c_str(), false, path_);
  state_ = State::created;
}

void NewFile::replace_target() {
  const int folder = folder_->fd();
  checked(retried([&] { return system_.rename(folder, temporary_.c_str(), folder, name_.c_str(), 0); }),
          "rename", path_);
  state_ = State::published;
}

void NewFile::publish(bool can_undo) {
  if (options_.expect && !is_as_read(find_entry(system_, folder_->fd(), name_, path_))) throw_changed();
  if (!options_.replace) {
    create_target();
  } else if (can_undo) {
    exchange();
  } else {
    replace_target();
  }
}

void NewFile::undo() noexcept {
  const int folder = folder_->fd();
  if (state_ == State::exchanged) {
    retried(
        [&] { return system_.rename(folder, temporary_.c_str(), folder, name_.c_str(), RENAME_EXCHANGE); });
  } else if (state_ == State::created) {
    retried([&] { return system_.rename(folder, name_.c_str(), folder, temporary_.c_str(), 0); });
  }
  state_ = State::sealed;
}

// Removes whatever has the temporary name now: the unfinished file, or the old one that was exchanged. Tried
// twice, for there is no better time later.
void NewFile::clean_up() noexcept {
  // A rename between two names of one inode does nothing, so a link's temporary name may still be there.
  const bool may_exist =
      state_ == State::open || state_ == State::sealed || state_ == State::exchanged || is_link_;
  for (int attempt = 0; may_exist && attempt < 2; ++attempt) {
    const int result = retried([&] { return system_.unlink(folder_->fd(), temporary_.c_str(), 0); });
    if (result >= 0 || result == -ENOENT) break;
  }
  is_link_ = false;
  state_ = State::published;
  live_.release();
}

}  // namespace jireloc
