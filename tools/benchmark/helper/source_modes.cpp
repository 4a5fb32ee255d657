// What looking at and reading sources costs: by one call after the other, and by io_uring.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "benchmark/helper/modes.hpp"
#ifdef JIRELOC_HAS_URING
#include <liburing.h>
#endif

namespace bench {
namespace {

constexpr size_t kMost = size_t{64} << 10;  // of a file
constexpr int kFlags = O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;

[[noreturn]] void fail(const std::string& what, int problem) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(problem)));
}

void look(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) fail(path, errno);
}

uint64_t read_by_calls(const std::vector<std::string>& paths) {
  std::vector<char> buffer(kMost);
  uint64_t bytes = 0;
  for (const std::string& path : paths) {
    look(path);
    const int in = ::open(path.c_str(), kFlags);
    if (in < 0) fail(path, errno);
    const ssize_t got = ::read(in, buffer.data(), kMost);
    if (got < 0) fail(path, errno);
    bytes += static_cast<uint64_t>(got);
    ::close(in);
  }
  return bytes;
}

#ifdef JIRELOC_HAS_URING

// An image has eight sources or so: they are opened, read and closed by one call. Asking for the status of a
// file goes to a thread of the kernel's own (io_statx always does) and is left to plain calls.
class Ring {
 public:
  static constexpr size_t kTogether = 8;

  Ring() : room_(kTogether * kMost) {
    int problem = ::io_uring_queue_init(4 * kTogether, &ring_, 0);
    if (problem == 0) problem = ::io_uring_register_files_sparse(&ring_, kTogether);
    if (problem != 0) fail("io_uring", -problem);
  }
  ~Ring() { ::io_uring_queue_exit(&ring_); }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  uint64_t read(const std::string* first, size_t count) {
    for (size_t k = 0; k < count; ++k) {
      look(first[k]);
      add_one(first[k], static_cast<unsigned>(k));
    }
    const auto wanted = static_cast<unsigned>(3 * count);
    for (unsigned done = 0; done < wanted;) {
      const int problem = ::io_uring_submit_and_wait(&ring_, wanted - done);
      if (problem < 0) fail("io_uring", -problem);
      done += take_results();
    }
    return std::exchange(bytes_, 0);
  }

 private:
  void add_one(const std::string& path, unsigned place) {
    io_uring_sqe* open = ::io_uring_get_sqe(&ring_);
    ::io_uring_prep_openat_direct(open, AT_FDCWD, path.c_str(), kFlags & ~O_CLOEXEC, 0, place);
    open->flags |= IOSQE_IO_LINK;
    open->user_data = 0;
    io_uring_sqe* read = ::io_uring_get_sqe(&ring_);
    ::io_uring_prep_read(read, static_cast<int>(place), room_.data() + place * kMost, kMost, 0);
    read->flags |= IOSQE_FIXED_FILE | IOSQE_IO_HARDLINK;  // fewer bytes than room for them break no chain
    read->user_data = 1;
    io_uring_sqe* close = ::io_uring_get_sqe(&ring_);
    ::io_uring_prep_close_direct(close, place);
    close->user_data = 0;
  }

  unsigned take_results() {
    io_uring_cqe* result = nullptr;
    unsigned head = 0, count = 0;
    io_uring_for_each_cqe(&ring_, head, result) {
      if (result->res < 0) fail("io_uring", -result->res);
      if (result->user_data == 1) bytes_ += static_cast<uint64_t>(result->res);
      ++count;
    }
    ::io_uring_cq_advance(&ring_, count);
    return count;
  }

  io_uring ring_{};
  std::vector<char> room_;
  uint64_t bytes_ = 0;
};

uint64_t read_by_ring(const std::vector<std::string>& paths) {
  Ring ring;
  uint64_t bytes = 0;
  for (size_t at = 0; at < paths.size(); at += Ring::kTogether)
    bytes += ring.read(&paths[at], std::min(Ring::kTogether, paths.size() - at));
  return bytes;
}

#else

uint64_t read_by_ring(const std::vector<std::string>&) {
  throw std::runtime_error("liburing-dev was not there when bench-helper was built");
}

#endif

}  // namespace

void read_sources(const std::vector<std::string>& arguments) {
  if (arguments.size() != 2 || (arguments[0] != "calls" && arguments[0] != "ring"))
    throw std::runtime_error("read-sources takes calls|ring SOURCES");
  const std::vector<std::string> paths = names_of(arguments[1]);
  const auto begin = std::chrono::steady_clock::now();
  const uint64_t bytes = arguments[0] == "ring" ? read_by_ring(paths) : read_by_calls(paths);
  fmt::print("{{\"files\": {}, \"bytes\": {}, \"seconds\": {:.6f}}}\n", paths.size(), bytes,
             seconds_since(begin));
}

}  // namespace bench
