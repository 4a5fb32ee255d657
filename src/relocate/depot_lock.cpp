#include "relocate/depot_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <thread>
#include <utility>

namespace jireloc {

namespace {

constexpr const char* kLockName = ".jireloc-lock";
// The text about the holder is padded to this size, so that a shorter one covers a longer one.
constexpr size_t kHolderSize = 160;

std::string describe_this_process() {
  std::array<char, 65> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {'?'};
  const time_t now = ::time(nullptr);
  tm parts{};
  ::gmtime_r(&now, &parts);
  std::string text = fmt::format("process {} on {} since {:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", ::getpid(),
                                 host.data(), parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                                 parts.tm_hour, parts.tm_min, parts.tm_sec);
  text.resize(std::max(text.size(), kHolderSize - 1), ' ');
  return text + "\n";
}

// What the lock file says, fit for a message: the file may be anybody's.
std::string read_holder(FileSystem& system, int fd) {
  std::array<char, kHolderSize> buffer{};
  const ssize_t size = retried([&] { return system.read_at(fd, buffer.data(), buffer.size(), 0); });
  std::string text(buffer.data(), static_cast<size_t>(std::max<ssize_t>(size, 0)));
  text.resize(std::min(text.size(), text.find('\n')));
  text.resize(text.find_last_not_of(' ') + 1);
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text.empty() ? "a process that has not said which" : text;
}

// Open to those who may write to the depot: a lock that all may open, all may hold.
mode_t lock_file_mode(const struct stat& depot) {
  mode_t mode = 0600;
  if ((depot.st_mode & S_IWGRP) != 0) mode |= 0060;
  if ((depot.st_mode & S_IWOTH) != 0) mode |= 0006;
  return mode;
}

// Whose lock file may be written to: a file that somebody put there under this name, or a further name of
// somebody's file, would be changed by taking the lock. Where others may write to the depot, so may they make
// its lock.
void require_own_file(const struct stat& file, const struct stat& depot, const std::string& path) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::unsupported, fmt::format("not taken for the depot's lock: {}; remove it", why),
                path);
  };
  if (!S_ISREG(file.st_mode)) refuse("it is no regular file");
  if (file.st_nlink != 1) refuse(fmt::format("the file has {} names", file.st_nlink));
  const bool shared = (depot.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  if (!shared && file.st_uid != 0 && file.st_uid != ::geteuid() && file.st_uid != depot.st_uid)
    refuse(fmt::format("it belongs to user {}, to whom the depot does not belong", file.st_uid));
}

// Opens the lock file, or makes it; never both in one call, which would follow nothing but could be given a
// file that appeared in between.
int open_or_make(FileSystem& system, const Folder& depot, mode_t mode) {
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  for (int attempt = 0;; ++attempt) {
    const int opened = retried([&] { return system.open(depot.fd(), kLockName, kFlags, 0); });
    if (opened != -ENOENT) return opened;
    const int made =
        retried([&] { return system.open(depot.fd(), kLockName, kFlags | O_CREAT | O_EXCL, mode); });
    if (made != -EEXIST || attempt == 10) return made;
  }
}

Descriptor open_lock_file(FileSystem& system, const Folder& depot, const std::string& path) {
  const struct stat folder = stat_of(system, depot.fd(), depot.path);
  const mode_t mode = lock_file_mode(folder);
  const int fd = open_or_make(system, depot, mode);
  if (fd == -ELOOP)
    throw Error(ErrorKind::unsupported, "not taken for the depot's lock: it is a symbolic link; remove it",
                path);
  Descriptor file(system, checked(fd, "open", path));
  const struct stat info = stat_of(system, file.get(), path);
  require_own_file(info, folder, path);
  // The umask may have narrowed a fresh file; of someone else's file the mode is not ours to change.
  if ((info.st_mode & 0777) != mode && info.st_uid == ::geteuid()) (void)system.set_mode(file.get(), mode);
  return file;
}

// Whether the locked file is still the one that others open, and has got no further name since.
bool is_in_place(FileSystem& system, const Folder& depot, int file, const std::string& path) {
  const struct stat held = stat_of(system, file, path);
  const auto there = find_entry(system, depot.fd(), kLockName, path);
  return there && there->st_ino == held.st_ino && there->st_dev == held.st_dev && held.st_nlink == 1;
}

// Waits for the lock as the options say.
class Waiter {
 public:
  Waiter(FileSystem& system, const DepotLock::Options& options)
      : system_(system), options_(options), deadline_(std::chrono::steady_clock::now() + options.timeout) {}

  void lock(int file, const std::string& path) {
    for (std::chrono::milliseconds pause{5};; pause = std::min(pause * 2, std::chrono::milliseconds(250))) {
      const int result = retried([&] { return system_.lock(file, LOCK_EX | LOCK_NB); });
      if (result >= 0) return;
      if (result != -EWOULDBLOCK) checked(result, "flock", path);
      say_or_stop(read_holder(system_, file), path);
      std::this_thread::sleep_for(pause);
    }
  }

 private:
  void say_or_stop(const std::string& holder, const std::string& path) {
    if (std::chrono::steady_clock::now() >= deadline_)
      throw Error(ErrorKind::conflict, "the depot is locked by " + holder, path);
    if (options_.stop && options_.stop()) throw Error(ErrorKind::interrupted, "stopped by a signal", path);
    if (!std::exchange(announced_, true) && options_.waiting) options_.waiting(holder);
  }

  FileSystem& system_;
  const DepotLock::Options& options_;
  const std::chrono::steady_clock::time_point deadline_;
  bool announced_ = false;
};

}  // namespace

DepotLock::DepotLock(FileSystem& system, const Folder& depot, const Options& options) {
  const std::string path = depot.path + "/" + kLockName;
  Waiter waiter(system, options);
  do {
    file_ = open_lock_file(system, depot, path);
    waiter.lock(file_.get(), path);
  } while (!is_in_place(system, depot, file_.get(), path));
  write_all_at(system, file_.get(), describe_this_process(), 0, path);
}

void require_not_world_writable(FileSystem& system, const Folder& folder) {
  const struct stat info = stat_of(system, folder.fd(), folder.path);
  if ((info.st_mode & S_IWOTH) == 0) return;
  throw Error(ErrorKind::unsupported,
              "everybody may write to this folder, so anybody could put something else in the place of what "
              "it is given",
              folder.path);
}

}  // namespace jireloc
