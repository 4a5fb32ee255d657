// What any program that relocates images must do at least: read each source, read each image, write each
// image.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/filesystem/operations.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "benchmark/helper/modes.hpp"

namespace bench {
namespace {

namespace fs = boost::filesystem;

constexpr size_t kBuffer = size_t{256} << 10;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

int opened(const std::string& path, int flags, mode_t mode = 0) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) fail(path);
  return fd;
}

// Reads the file to its end, and writes it to `out` unless that is negative.
void pass_through(int in, int out, char* buffer, const std::string& path) {
  for (ssize_t got; (got = ::read(in, buffer, kBuffer)) != 0;) {
    if (got < 0) fail(path);
    if (out >= 0 && ::write(out, buffer, static_cast<size_t>(got)) != got) fail(path);
    if (got < static_cast<ssize_t>(kBuffer)) return;  // the end of a regular file
  }
}

void copy_one(const std::string& from, const std::string& to, char* buffer) {
  const int in = opened(from, O_RDONLY);
  struct stat info {};
  if (::fstat(in, &info) != 0) fail(from);
  const int out = opened(to, O_WRONLY | O_CREAT | O_EXCL, info.st_mode & 07777);
  pass_through(in, out, buffer, from);
  const timespec times[2] = {info.st_atim, info.st_mtim};
  if (::futimens(out, times) != 0) fail(to);
  ::close(in);
  if (::close(out) != 0) fail(to);
}

void read_one(const std::string& path, char* buffer) {
  const int in = opened(path, O_RDONLY);
  pass_through(in, -1, buffer, path);
  ::close(in);
}

std::vector<std::string> names_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  if (!in) throw std::runtime_error(file + ": cannot be read");
  std::vector<std::string> names;
  for (size_t begin = 0, end; (end = all.find('\0', begin)) != all.npos; begin = end + 1)
    names.push_back(all.substr(begin, end - begin));
  return names;
}

}  // namespace

void copy_and_read(const std::vector<std::string>& arguments) {
  if (arguments.size() != 4) throw std::runtime_error("copy-and-read takes JOBS FROM TO SOURCES");
  const unsigned jobs = static_cast<unsigned>(std::stoul(arguments[0]));
  const std::string &from = arguments[1], &to = arguments[2];
  const std::vector<std::string> sources = names_of(arguments[3]);
  fs::create_directories(to);
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const std::string relative = entry.path().string().substr(from.size());
    fs::is_directory(entry.status()) ? static_cast<void>(fs::create_directory(to + relative))
                                     : files.push_back(relative);
  }
  std::atomic<size_t> next_file{0}, next_sources{0};
  std::exception_ptr failure;
  std::mutex mutex;
  constexpr size_t kSources = 64;  // taken at once
  const auto run = [&] {
    try {
      const std::unique_ptr<char[]> buffer(new char[kBuffer]);
      for (size_t index; (index = next_file++) < files.size();)
        copy_one(from + files[index], to + files[index], buffer.get());
      for (size_t begin; (begin = kSources * next_sources++) < sources.size();)
        for (size_t index = begin; index < std::min(begin + kSources, sources.size()); ++index)
          read_one(sources[index], buffer.get());
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned thread = 1; thread < jobs; ++thread) threads.emplace_back(run);
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace bench
