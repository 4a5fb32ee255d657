#include "cli/verify_with.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "cli/host.hpp"
#include "jireloc/error.hpp"

namespace jireloc::cli {
namespace {

class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) throw Error::system(errno, "open", path);
  }
  ~OpenFile() { ::close(fd_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int fd() const noexcept { return fd_; }
  // What changes with its content, and with what lies under its name.
  struct stat facts() const {
    struct stat by_name {
    }, info{};
    if (::fstat(fd_, &info) != 0 || ::stat(path_.c_str(), &by_name) != 0)
      throw Error::system(errno, "stat", path_);
    if (!S_ISREG(info.st_mode)) throw Error(ErrorKind::usage, "--verify-with: it is no file", path_);
    if (info.st_dev != by_name.st_dev || info.st_ino != by_name.st_ino) fail_changed();
    return info;
  }
  void rewind() const {
    if (::lseek(fd_, 0, SEEK_SET) < 0) throw Error::system(errno, "lseek", path_);
  }
  [[noreturn]] void fail_changed() const {
    throw Error(ErrorKind::conflict, "it changed while it was verified; nothing was unpacked", path_);
  }

 private:
  const std::string path_;
  const int fd_;
};

bool is_unchanged(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec && a.st_ctim.tv_sec == b.st_ctim.tv_sec &&
         a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

std::vector<std::string> words_of(const std::string& command, const std::string& path) {
  std::vector<std::string> words;
  for (size_t begin = 0; begin < command.size();) {
    const size_t end = std::min(command.find(' ', begin), command.size());
    if (end > begin) words.push_back(command.substr(begin, end - begin));
    begin = end + 1;
  }
  if (words.empty()) throw Error(ErrorKind::usage, "--verify-with: name a command");
  bool is_named = false;
  for (auto word = words.begin() + 1; word != words.end(); ++word)
    for (size_t at = 0; (at = word->find("{}", at)) != std::string::npos; at += path.size()) {
      word->replace(at, 2, path);
      is_named = true;
    }
  if (!is_named) words.push_back(path);
  return words;
}

// Its wait status.
int run(std::vector<std::string> words, int input) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none;
  sigemptyset(&none);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  posix_spawn_file_actions_adddup2(&actions, 2, 1);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) throw Error::system(error, "cannot run it", words[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw Error::system(errno, "waitpid", words[0]);
  return status;
}

std::string end_of(int status) {
  return WIFEXITED(status) ? fmt::format("exit status {}", WEXITSTATUS(status))
                           : fmt::format("signal {}", WTERMSIG(status));
}

}  // namespace

BundleSource bundle_verified_with(const std::string& command, const std::string& path) {
  refuse_in_host("--verify-with");
  if (path == "-")
    throw Error(ErrorKind::usage,
                "--verify-with: standard input cannot be read twice; store the bundle in a file first");
  // "-rf" as an argument of the tool would be an option of it.
  const std::string named = path.starts_with('-') ? "./" + path : path;
  const auto file = std::make_shared<OpenFile>(named);
  const struct stat before = file->facts();
  const std::vector<std::string> words = words_of(command, named);
  // What it is now it must be when it is unpacked: times tell of most changes, the digest of all.
  const BundleSource source = bundle_descriptor(file->fd(), path);
  const std::string sha256 = bundle_sha256(source);
  file->rewind();
  const int status = run(words, file->fd());
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw Error(ErrorKind::bad_checksum,
                fmt::format("{} does not vouch for it ({}); nothing was unpacked", words[0], end_of(status)),
                path);
  if (!is_unchanged(before, file->facts())) file->fail_changed();
  file->rewind();
  return {path, [file, read = source.read](char* to, size_t most) { return read(to, most); }, sha256,
          source.is_file};
}

}  // namespace jireloc::cli
