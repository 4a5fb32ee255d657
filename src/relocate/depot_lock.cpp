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

Descriptor open_lock_file(FileSystem& system, const Folder& depot, const std::string& path) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const mode_t mode = lock_file_mode(stat_of(system, depot.fd(), depot.path));
  const int fd = retried([&] { return system.open(depot.fd(), kLockName, kFlags, mode); });
  Descriptor file(system, checked(fd, "open", path));
  const struct stat info = stat_of(system, file.get(), path);
  if (!S_ISREG(info.st_mode)) throw Error(ErrorKind::unsupported, "the lock file is no regular file", path);
  // The umask may have narrowed a fresh file; of someone else's file the mode is not ours to change.
  if ((info.st_mode & 0777) != mode) (void)system.set_mode(file.get(), mode);
  return file;
}

}  // namespace

DepotLock::DepotLock(FileSystem& system, const Folder& depot, const Options& options)
    : file_(open_lock_file(system, depot, depot.path + "/" + kLockName)) {
  const std::string path = depot.path + "/" + kLockName;
  const auto deadline = std::chrono::steady_clock::now() + options.timeout;
  std::chrono::milliseconds pause{5};
  bool announced = false;
  for (;;) {
    const int result = retried([&] { return system.lock(file_.get(), LOCK_EX | LOCK_NB); });
    if (result >= 0) break;
    if (result != -EWOULDBLOCK) checked(result, "flock", path);
    const std::string holder = read_holder(system, file_.get());
    if (std::chrono::steady_clock::now() >= deadline) {
      throw Error(ErrorKind::conflict, "the depot is locked by " + holder, path);
    }
    if (options.stop && options.stop()) throw Error(ErrorKind::interrupted, "stopped by a signal", path);
    if (!announced && options.waiting) options.waiting(holder);
    announced = true;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(250));
  }
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
