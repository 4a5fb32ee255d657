#include "relocate/run_mark.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>

#include "bytes/folders.hpp"

namespace jireloc {

namespace {

// Temporary names that one run makes at most. Numbers of other processes are far away: they start at random.
constexpr uint64_t kMostNames = uint64_t{1} << 32;

// Whether somebody holds the mark. One that cannot be looked at is taken for held; a folder is none.
bool is_held(FileSystem& system, const Folder& depot, const std::string& name) {
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const int fd = retried([&] { return system.open(depot.fd(), name.c_str(), kFlags); });
  if (fd < 0) return fd != -ENOENT && fd != -EISDIR;
  const Descriptor file(system, fd);
  return retried([&] { return system.lock(fd, LOCK_EX | LOCK_NB); }) < 0;
}

// Whether the run with that mark has made it, if it is no other process's of the same number.
bool made_under(const TemporaryNumber& mark, const std::string& temporary) {
  const auto number = parse_temporary_name(temporary);
  return number && mark.process == number->process && number->number - mark.number < kMostNames;
}

}  // namespace

RunMark::RunMark(FileSystem& system, std::shared_ptr<Folder> depot)
    : system_(system), depot_(std::move(depot)), name_(temporary_name()) {
  const CreationGuard guard;
  const std::string path = depot_->path + "/" + name_;
  live_ = LiveTemporary(depot_->fd(), name_);
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
  const int fd = retried([&] { return system_.open(depot_->fd(), name_.c_str(), kFlags, 0600); });
  file_ = Descriptor(system_, checked(fd, "open", path));
  const int locked = retried([&] { return system_.lock(fd, LOCK_EX | LOCK_NB); });
  if (locked >= 0) return;
  remove();
  checked(locked, "flock", path);
}

void RunMark::remove() noexcept {
  // Once more if need be; what stays all the same is removed by the next run, as a dead one's.
  for (int attempt = 0; attempt < 2; ++attempt)
    if (retried([&] { return system_.unlink(depot_->fd(), name_.c_str(), 0); }) >= 0) return;
}

RunMark::~RunMark() {
  remove();
}

LiveRuns::LiveRuns(FileSystem& system, const Folder& depot) : system_(system), depot_(depot) {
  const auto again = open_folder_in(system, depot, ".");
  for (const FolderEntry& entry : list_folder(system, again->fd(), depot.path)) {
    const auto number = parse_temporary_name(entry.name);
    if (!number) continue;
    if (is_held(system, depot, entry.name)) {
      marks_.push_back(*number);
    } else {
      dead_.push_back(entry.name);
    }
  }
}

void LiveRuns::forget_dead() const {
  for (const std::string& name : dead_)
    (void)retried([&] { return system_.unlink(depot_.fd(), name.c_str(), 0); });
}

bool LiveRuns::made(const std::string& temporary) const {
  return std::any_of(marks_.begin(), marks_.end(),
                     [&](const TemporaryNumber& mark) { return made_under(mark, temporary); });
}

bool LiveRuns::left_by_dead(const std::string& temporary) const {
  return std::any_of(dead_.begin(), dead_.end(), [&](const std::string& mark) {
    return mark != temporary && made_under(*parse_temporary_name(mark), temporary);
  });
}

}  // namespace jireloc
