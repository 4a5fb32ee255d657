#include "bytes/file_io.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <utility>
#include <vector>

#include "jireloc/paths.hpp"

namespace jireloc {

namespace {

// The most that one call is asked to move; keeps a stop request waiting for a short time only.
constexpr uint64_t kMostAtOnce = uint64_t{64} << 20;
constexpr size_t kBufferSize = size_t{256} << 10;

// Whether copy_file_range does not work between these two files at all, as opposed to a failed transfer.
bool cannot_copy_in_kernel(ssize_t result) {
  return result == -ENOSYS || result == -EXDEV || result == -EINVAL || result == -EOPNOTSUPP ||
         result == -EPERM || result == -ETXTBSY;
}

// One step through a buffer; returns the bytes moved.
uint64_t copy_step(FileSystem& system, int from, uint64_t offset, uint64_t length, int to,
                   std::vector<char>& buffer, const std::string& file) {
  if (buffer.empty()) buffer.resize(std::min<uint64_t>(kBufferSize, length));
  const size_t wanted = std::min<uint64_t>(buffer.size(), length);
  const ssize_t count = checked(
      retried([&] { return system.read_at(from, buffer.data(), wanted, static_cast<off_t>(offset)); }),
      "pread", file);
  if (count == 0) throw Error(ErrorKind::truncated, "the file ended while it was copied", file, offset);
  write_all(system, to, {buffer.data(), static_cast<size_t>(count)}, file);
  return static_cast<uint64_t>(count);
}

}  // namespace

struct stat stat_of(FileSystem& system, int fd, const std::string& file) {
  struct stat info {};
  checked(retried([&] { return system.stat(fd, info); }), "fstat", file);
  return info;
}

std::optional<struct stat> find_entry(FileSystem& system, int folder, const std::string& path,
                                      const std::string& file) {
  struct stat info {};
  const int result = retried([&] { return system.stat_at(folder, path.c_str(), info, AT_SYMLINK_NOFOLLOW); });
  if (result == -ENOENT) return {};
  checked(result, "fstatat", file);
  return info;
}

void write_all(FileSystem& system, int fd, std::string_view data, const std::string& file) {
  while (!data.empty()) {
    const ssize_t count =
        checked(retried([&] { return system.write(fd, data.data(), data.size()); }), "write", file);
    if (count == 0) throw Error::system(ENOSPC, "write", file);
    data.remove_prefix(static_cast<size_t>(count));
  }
}

void write_all_at(FileSystem& system, int fd, std::string_view data, uint64_t offset,
                  const std::string& file) {
  while (!data.empty()) {
    const ssize_t count = checked(
        retried([&] { return system.write_at(fd, data.data(), data.size(), static_cast<off_t>(offset)); }),
        "pwrite", file);
    if (count == 0) throw Error::system(ENOSPC, "pwrite", file);
    data.remove_prefix(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
}

void copy_all(FileSystem& system, int from, uint64_t offset, uint64_t length, int to,
              const std::string& file) {
  std::vector<char> buffer;
  bool in_kernel = true;
  while (length > 0) {
    uint64_t moved = 0;
    if (in_kernel) {
      const ssize_t count = retried([&] {
        return system.copy_range(from, static_cast<off_t>(offset), to, std::min(length, kMostAtOnce));
      });
      // Zero may mean the end of the file, or a file system whose files have no size; reading tells.
      if (count == 0 || cannot_copy_in_kernel(count)) {
        in_kernel = false;
        continue;
      }
      moved = static_cast<uint64_t>(checked(count, "copy_file_range", file));
    } else {
      moved = copy_step(system, from, offset, length, to, buffer, file);
    }
    offset += moved;
    length -= moved;
  }
}

bool is_sparse(const struct stat& info) {
  constexpr uint64_t kBlock = 512;  // the unit of st_blocks, whatever the file system's own
  return static_cast<uint64_t>(info.st_blocks) * kBlock < static_cast<uint64_t>(info.st_size);
}

namespace {
struct Data {
  uint64_t begin, end;
};

// The next piece of data from `offset`; begins at `size` where only a hole follows. Nothing where the file
// system cannot tell.
std::optional<Data> next_data(FileSystem& system, int file, uint64_t offset, uint64_t size) {
  const off_t begin = retried([&] { return system.seek(file, static_cast<off_t>(offset), SEEK_DATA); });
  if (begin == -ENXIO) return Data{size, size};
  if (begin < 0) return {};
  const off_t end = retried([&] { return system.seek(file, begin, SEEK_HOLE); });
  if (end < 0) return {};
  return Data{std::min(static_cast<uint64_t>(begin), size), std::min(static_cast<uint64_t>(end), size)};
}
}  // namespace

void copy_whole(FileSystem& system, int from, uint64_t size, bool sparse, int to, const std::string& file) {
  uint64_t done = 0;
  while (sparse && done < size) {
    const auto data = next_data(system, from, done, size);
    if (!data) break;
    if (data->begin == size) {
      checked(retried([&] { return system.resize(to, static_cast<off_t>(size)); }), "ftruncate", file);
      return;
    }
    checked(retried([&] { return system.seek(to, static_cast<off_t>(data->begin), SEEK_SET); }), "lseek",
            file);
    copy_all(system, from, data->begin, data->end - data->begin, to, file);
    done = data->end;
  }
  copy_all(system, from, done, size - done, to, file);
}

std::shared_ptr<Folder> open_folder(FileSystem& system, const std::string& path) {
  auto folder = std::make_shared<Folder>();
  folder->path = path;
  folder->descriptor = Descriptor(
      system, checked(retried([&] { return system.open(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY); }),
                      "open", path));
  folder->device = stat_of(system, folder->fd(), path).st_dev;
  return folder;
}

SplitPath split_path(const std::string& path) {
  return {paths::parent(path), std::string(paths::name(path))};
}

std::string follow_links(FileSystem& system, std::string path) {
  constexpr int kMostLinks = 40;  // the kernel's own limit
  std::vector<char> text(PATH_MAX);
  for (int links = 0; links < kMostLinks; ++links) {
    const ssize_t length =
        retried([&] { return system.read_link(AT_FDCWD, path.c_str(), text.data(), text.size()); });
    if (length == -EINVAL || length == -ENOENT) return path;  // no link, or nothing there yet
    checked(length, "readlink", path);
    if (static_cast<size_t>(length) >= text.size()) throw Error::system(ENAMETOOLONG, "readlink", path);
    std::string next(text.data(), static_cast<size_t>(length));
    if (!next.starts_with('/')) next.insert(0, split_path(path).folder + "/");
    path = std::move(next);
  }
  throw Error::system(ELOOP, "readlink", path);
}

void sync_folder(FileSystem& system, const Folder& folder) {
  const int result = retried([&] { return system.sync(folder.fd()); });
  if (result == -EINVAL || result == -EOPNOTSUPP) return;
  if (result < 0) {
    throw Error::system(-result, "fsync of the folder (the files are in place)", folder.path);
  }
}

namespace {
int rename_new_without_flag(FileSystem& system, int from_folder, const char* from, int to_folder,
                            const char* to, bool is_folder) {
  if (is_folder) {
    const int made = retried([&] { return system.make_folder(to_folder, to, 0700); });
    if (made < 0) return made;
    const int renamed = retried([&] { return system.rename(from_folder, from, to_folder, to, 0); });
    if (renamed < 0) system.unlink(to_folder, to, AT_REMOVEDIR);
    return renamed;
  }
  const int linked = retried([&] { return system.link(from_folder, from, to_folder, to); });
  if (linked == 0) retried([&] { return system.unlink(from_folder, from, 0); });
  return linked;
}
}  // namespace

void rename_new(FileSystem& system, int from_folder, const char* from, int to_folder, const char* to,
                bool is_folder, const std::string& file) {
  int result = retried([&] { return system.rename(from_folder, from, to_folder, to, RENAME_NOREPLACE); });
  if (result == -EINVAL || result == -ENOSYS) {
    result = rename_new_without_flag(system, from_folder, from, to_folder, to, is_folder);
  }
  if (result == -EEXIST || result == -ENOTEMPTY) {
    throw Error(ErrorKind::conflict, "something else is there already", file);
  }
  checked(result, "rename", file);
}

}  // namespace jireloc
