// The least that packing and unpacking a bundle come to: each file read once, hashed for what it is (git) and
// for the bundle's digests, compressed or unpacked, and written once. Nobody looks at what is in an image,
// and nothing is held against anything.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "benchmark/helper/modes.hpp"
#include "bundle/frames.hpp"
#include "bundle/tar.hpp"
#include "bytes/digest.hpp"
#include "depot/git_tree.hpp"
#include "jireloc/crc32c.hpp"

namespace bench {
namespace {

using jireloc::BundleFile;
using jireloc::BundleFileKind;
using jireloc::bundles::kBlock;
using jireloc::bundles::kFrame;
using jireloc::bundles::padding_of;
using jireloc::bundles::tar_header;

std::atomic<unsigned> sum{0};  // of all hashes, so that none is left out

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

// Calls work() on so many threads; throws what one of them threw.
void on_threads(unsigned jobs, const std::function<void()>& work) {
  std::vector<std::exception_ptr> failures(jobs);
  const auto run = [&](unsigned thread) {
    try {
      work();
    } catch (...) {
      failures[thread] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned thread = 1; thread < jobs; ++thread) threads.emplace_back(run, thread);
    run(0);
  }
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

bool is_image(std::string_view path) {
  return path.starts_with("compiled/");
}

void add_hashes(std::string_view path, std::string_view content, unsigned checksums) {
  sum += static_cast<unsigned char>(jireloc::bytes::digest(content)[0]);
  if (!is_image(path)) sum += jireloc::git_blob(content)[0];
  for (unsigned i = 0; is_image(path) && i < checksums; ++i) sum += jireloc::crc32c::value(content);
}

std::vector<std::string> names_in(int folder) {
  std::vector<std::string> names;
  const std::unique_ptr<char[]> buffer(new char[32768]);
  while (true) {
    const ssize_t size = ::getdents64(folder, buffer.get(), 32768);
    if (size < 0) fail("getdents64");
    if (size == 0) return names;
    for (ssize_t at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.get() + at);
      at += entry->d_reclen;
      if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
        names.emplace_back(entry->d_name);
    }
  }
}

int opened_in(int folder, const std::string& name) {
  const int fd = ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) fail(name);
  return fd;
}

// "packages/Name/SLUG" and "compiled/vX/Name": what a thread takes at a time.
std::vector<std::string> parts_of(int depot) {
  std::vector<std::string> parts;
  for (const char* top : {"packages", "compiled"}) {
    const int folder = opened_in(depot, top);
    for (const std::string& name : names_in(folder)) {
      const int inner = opened_in(folder, name);
      for (const std::string& slug : names_in(inner))
        parts.push_back(fmt::format("{}/{}/{}", top, name, slug));
      ::close(inner);
    }
    ::close(folder);
  }
  return parts;
}

class Packer {
 public:
  Packer(jireloc::bundles::FrameWriter& writer, std::mutex& mutex, int level)
      : writer_(writer), mutex_(mutex), compressor_(level) {}

  // Closes `fd`.
  void add(int fd, const std::string& path) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) fail(path);
    BundleFile file;
    file.path = path;
    file.mode = info.st_mode & 07777;
    file.seconds = info.st_mtim.tv_sec;
    file.nanoseconds = static_cast<uint32_t>(info.st_mtim.tv_nsec);
    if (S_ISDIR(info.st_mode)) {
      file.kind = BundleFileKind::folder;
      open_ += tar_header(file);
      for (const std::string& name : names_in(fd)) add(opened_in(fd, name), path + "/" + name);
    } else {
      file.size = static_cast<uint64_t>(info.st_size);
      add_file(fd, file);
    }
    ::close(fd);
  }
  void cut() {
    const auto frame = compressor_.pack(open_);
    open_.clear();
    const std::lock_guard lock(mutex_);
    writer_.put(frame);
  }

 private:
  void add_file(int fd, const BundleFile& file) {
    if (open_.size() + file.size > kFrame) cut();
    open_ += tar_header(file);
    const size_t begin = open_.size();
    open_.resize(begin + file.size + padding_of(file.size));
    for (size_t at = 0; at < file.size;) {
      const ssize_t got = ::read(fd, open_.data() + begin + at, file.size - at);
      if (got <= 0) fail(file.path);
      at += static_cast<size_t>(got);
    }
    add_hashes(file.path, std::string_view(open_).substr(begin, file.size), 1);
  }

  jireloc::bundles::FrameWriter& writer_;
  std::mutex& mutex_;
  jireloc::bundles::FrameCompressor compressor_;
  std::string open_;  // the frame that is being filled
};

// What the table at a bundle's end says of its frames; the first, the manifest, is passed over.
std::vector<std::pair<std::string_view, size_t>> frames_of(std::string_view bundle) {
  const auto number = [&](size_t at) {
    uint32_t value = 0;
    if (at + 4 > bundle.size()) throw std::runtime_error("this is no bundle");
    std::memcpy(&value, bundle.data() + at, 4);
    return size_t{value};
  };
  const size_t count = number(bundle.size() - 9), table = bundle.size() - 9 - 8 * count;
  std::vector<std::pair<std::string_view, size_t>> frames;
  size_t at = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t packed = number(table + 8 * i), unpacked = number(table + 8 * i + 4);
    if (i != 0 && unpacked != 0) frames.emplace_back(bundle.substr(at, packed), unpacked);
    at += packed;
  }
  return frames;
}

class Unpacker {
 public:
  explicit Unpacker(int target) : target_(target), context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {}

  void unpack(std::string_view packed, size_t size) {
    if (bytes_.size() < size) bytes_.resize(size);
    if (ZSTD_decompressDCtx(context_.get(), bytes_.data(), size, packed.data(), packed.size()) != size)
      throw std::runtime_error("zstd cannot unpack it");
    const std::string_view all(bytes_.data(), size);
    std::string_view records;
    for (size_t at = 0; at + kBlock <= size;) {
      if (all[at] == '\0') return;  // the end of the archive
      const char type = all[at + 156];
      const size_t content = type == '5' ? 0 : std::stoul(std::string(all.substr(at + 124, 11)), nullptr, 8);
      if (at + kBlock + content > size) throw std::runtime_error("a file of several frames");
      const std::string_view body = all.substr(at + kBlock, content);
      if (type == 'x')
        records = body;
      else
        records = (put(all.substr(at, kBlock), body, records), std::string_view());
      at += kBlock + content + padding_of(content);
    }
  }

 private:
  static std::string_view record(std::string_view records, std::string_view key) {
    const size_t at = records.find(key);
    if (at == records.npos) return {};
    const size_t begin = at + key.size();
    return records.substr(begin, records.find('\n', begin) - begin);
  }
  void put(std::string_view header, std::string_view body, std::string_view records) {
    const std::string_view longer = record(records, " path=");
    const std::string path(longer.empty() ? header.substr(0, header.substr(0, 100).find('\0')) : longer);
    if (header[156] == '5') return make_folder(path);
    if (header[156] != '0') throw std::runtime_error(path + ": neither a file nor a folder");
    add_hashes(path, body, 2);
    int fd = create(path);
    if (fd < 0 && errno == ENOENT) {
      make_folder(path.substr(0, path.rfind('/')));
      fd = create(path);
    }
    if (fd < 0) fail(path);
    if (::write(fd, body.data(), body.size()) != static_cast<ssize_t>(body.size())) fail(path);
    const std::string_view time = record(records, " mtime=");
    timespec times[2] = {{0, UTIME_OMIT}, {std::stol("0" + std::string(time)), 0}};
    if (const size_t dot = time.find('.'); dot != time.npos)
      times[1].tv_nsec = std::stol(std::string(time.substr(dot + 1)));
    if (::futimens(fd, times) != 0 || ::close(fd) != 0) fail(path);
  }
  int create(const std::string& path) const {
    return ::openat(target_, path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  }
  // With those above it: another thread may not have come to them.
  void make_folder(const std::string& path) const {
    if (::mkdirat(target_, path.c_str(), 0755) == 0 || errno == EEXIST) return;
    if (errno != ENOENT || path.find('/') == path.npos) fail(path);
    make_folder(path.substr(0, path.find_last_of('/', path.size() - 2)));
    if (::mkdirat(target_, path.c_str(), 0755) != 0 && errno != EEXIST) fail(path);
  }

  const int target_;
  std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context_;
  std::string bytes_;
};

}  // namespace

void pack_least(const std::vector<std::string>& arguments) {
  if (arguments.size() != 4) throw std::runtime_error("pack-least takes JOBS LEVEL DEPOT BUNDLE");
  const int level = std::stoi(arguments[1]);
  const int depot = opened_in(AT_FDCWD, arguments[2]);
  const int out = ::open(arguments[3].c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (out < 0) fail(arguments[3]);
  const auto sink = [&](std::string_view bytes) {
    if (::write(out, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) fail(arguments[3]);
  };
  jireloc::bundles::FrameWriter writer(sink, level);
  std::mutex mutex;
  const std::vector<std::string> parts = parts_of(depot);
  std::atomic<size_t> next{0};
  on_threads(static_cast<unsigned>(std::stoul(arguments[0])), [&] {
    Packer packer(writer, mutex, level);
    for (size_t index; (index = next++) < parts.size();)
      packer.add(opened_in(depot, parts[index]), parts[index]);
    packer.cut();
  });
  writer.finish();
  if (::fsync(out) != 0 || ::close(out) != 0) fail(arguments[3]);
  fmt::print("{{\"hashes\": {}}}\n", sum.load());
}

void unpack_least(const std::vector<std::string>& arguments) {
  if (arguments.size() != 3) throw std::runtime_error("unpack-least takes JOBS BUNDLE TARGET");
  const int in = opened_in(AT_FDCWD, arguments[1]);
  struct stat info {};
  if (::fstat(in, &info) != 0) fail(arguments[1]);
  const auto size = static_cast<size_t>(info.st_size);
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, in, 0);
  if (mapped == MAP_FAILED) fail(arguments[1]);
  if (::mkdir(arguments[2].c_str(), 0755) != 0 && errno != EEXIST) fail(arguments[2]);
  const int target = opened_in(AT_FDCWD, arguments[2]);
  const auto frames = frames_of({static_cast<const char*>(mapped), size});
  std::atomic<size_t> next{0};
  on_threads(static_cast<unsigned>(std::stoul(arguments[0])), [&] {
    Unpacker unpacker(target);
    for (size_t index; (index = next++) < frames.size();)
      unpacker.unpack(frames[index].first, frames[index].second);
  });
  fmt::print("{{\"hashes\": {}}}\n", sum.load());
}

}  // namespace bench
