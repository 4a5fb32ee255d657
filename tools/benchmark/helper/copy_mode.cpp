// What any program that relocates images must do at least: read each source, read each image, write each
// image. And what one must that proves what it does.
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
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "benchmark/helper/modes.hpp"
#include "bytes/find.hpp"
#include "jireloc/cache_file.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/tree_hash.hpp"
#include "native/library.hpp"

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

void set_times(int out, const struct stat& source, const std::string& to) {
  const timespec times[2] = {source.st_atim, source.st_mtim};
  if (::futimens(out, times) != 0) fail(to);
  if (::close(out) != 0) fail(to);
}

// What is done with each image and each source; one of these to a thread.
class Copying {
 public:
  void image(const std::string& from, const std::string& to) {
    const int in = opened(from, O_RDONLY);
    struct stat info {};
    if (::fstat(in, &info) != 0) fail(from);
    const int out = opened(to, O_WRONLY | O_CREAT | O_EXCL, info.st_mode & 07777);
    pass_through(in, out, buffer_.get(), from);
    ::close(in);
    set_times(out, info, to);
  }

  void source(const std::string& path) {
    const int in = opened(path, O_RDONLY);
    pass_through(in, -1, buffer_.get(), path);
    ::close(in);
  }

 private:
  const std::unique_ptr<char[]> buffer_{new char[kBuffer]};
};

class Relocating {
 public:
  Relocating(std::string old_path, bool parses) : old_(std::move(old_path)), parses_(parses) {}

  void image(const std::string& from, const std::string& to) {
    const int in = opened(from, O_RDONLY);
    struct stat info {};
    if (::fstat(in, &info) != 0) fail(from);
    read_whole(in, info.st_size, from);
    checked_ ^= jireloc::crc32c::value(whole());
    if (parses_) parse(from);
    for (size_t at = find_old(0); at != std::string_view::npos; at = find_old(at + old_.size()))
      room_[at] = '/';
    const std::string temporary = to + ".new";
    const int out = opened(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (::write(out, room_.get(), size_) != static_cast<ssize_t>(size_)) fail(temporary);
    if (::fchmod(out, info.st_mode & 07777) != 0) fail(temporary);
    set_times(out, info, temporary);
    if (::rename(temporary.c_str(), to.c_str()) != 0) fail(to);
  }

  // It must have the time and the content that the image has of it. A folder must have the content that it is
  // named after: where an image has no content of one of its files, that is the proof.
  void source(const std::string& path) {
    if (path.ends_with('/')) {
      checked_ ^= jireloc::tree_hash(path.substr(0, path.size() - 1)).hash[0];
      return;
    }
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) fail(path);
    read_whole(opened(path, O_RDONLY), info.st_size, path);
    checked_ ^= jireloc::crc32c::value(whole());
  }

 private:
  void read_whole(int in, off_t size, const std::string& path) {
    size_ = static_cast<size_t>(size);
    if (size_ > capacity_) room_ = std::make_unique_for_overwrite<char[]>(capacity_ = 2 * size_);
    if (::read(in, room_.get(), size_) != size) fail(path);
    ::close(in);
  }

  // Paths in a header have their length before them; and where in a library the image is, its tables say.
  void parse(const std::string& path) {
    const auto source = jireloc::view_bytes(whole(), path);
    checked_ ^=
        static_cast<uint32_t>(path.ends_with(".ji") ? jireloc::read_cache_file(*source).worklist.size()
                                                    : jireloc::native::read_library(*source).sections.size());
  }

  std::string_view whole() const { return {room_.get(), size_}; }
  size_t find_old(size_t from) const { return jireloc::bytes::find(whole(), old_, from); }

  const std::string old_;
  const bool parses_;
  std::unique_ptr<char[]> room_;
  size_t capacity_ = 0, size_ = 0;
  uint32_t checked_ = 0;
};

// Calls `make` for each thread, and what it gives for all images and sources.
template <typename Make>
void work_through(const std::vector<std::string>& arguments, Make make) {
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
      auto worker = make();
      for (size_t index; (index = next_file++) < files.size();)
        worker.image(from + files[index], to + files[index]);
      for (size_t begin; (begin = kSources * next_sources++) < sources.size();)
        for (size_t index = begin; index < std::min(begin + kSources, sources.size()); ++index)
          worker.source(sources[index]);
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

}  // namespace

std::vector<std::string> names_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  if (!in) throw std::runtime_error(file + ": cannot be read");
  std::vector<std::string> names;
  for (size_t begin = 0, end; (end = all.find('\0', begin)) != all.npos; begin = end + 1)
    names.push_back(all.substr(begin, end - begin));
  return names;
}

void copy_and_read(const std::vector<std::string>& arguments) {
  if (arguments.size() != 4) throw std::runtime_error("copy-and-read takes JOBS FROM TO SOURCES");
  work_through(arguments, [] { return Copying(); });
}

void relocate_least(const std::vector<std::string>& arguments) {
  const bool parses = arguments.size() == 6 && arguments[5] == "parsed";
  if (arguments.size() != 5 && !parses)
    throw std::runtime_error("relocate-least takes JOBS FROM TO SOURCES OLD [parsed]");
  work_through(arguments, [&] { return Relocating(arguments[4], parses); });
}

}  // namespace bench
