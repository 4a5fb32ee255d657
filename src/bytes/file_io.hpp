// Whole operations made of the calls of FileSystem: retried on EINTR, continued after short transfers, their
// failures thrown as Error.
#pragma once

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bytes/file_system.hpp"
#include "jireloc/error.hpp"

namespace jireloc {

// Repeats `call` as long as a signal interrupts it.
template <typename Call>
auto retried(Call call) {
  auto result = call();
  while (result == -EINTR) result = call();
  return result;
}

// Throws Error (io) naming `call` and `file` where `result` is -errno.
template <typename Number>
Number checked(Number result, std::string_view call, const std::string& file) {
  if (result < 0) throw Error::system(static_cast<int>(-result), call, file);
  return result;
}

// fstat.
struct stat stat_of(FileSystem& system, int fd, const std::string& file);
// fstatat without following a symbolic link in the last component; nothing where there is no such entry.
std::optional<struct stat> find_entry(FileSystem& system, int folder, const std::string& path,
                                      const std::string& file);

// Writes all of `data` at the file position. `file` is for messages, here and below.
void write_all(FileSystem& system, int fd, std::string_view data, const std::string& file);
void write_all_at(FileSystem& system, int fd, std::string_view data, uint64_t offset,
                  const std::string& file);

// Appends `length` bytes from `offset` of `from` at the file position of `to`: in the kernel where it can,
// else through a buffer. Throws Error (truncated) where `from` ends before.
void copy_all(FileSystem& system, int from, uint64_t offset, uint64_t length, int to,
              const std::string& file);

// Whether a file has fewer blocks than its size asks for.
bool is_sparse(const struct stat& info);
// Writes all `size` bytes of `from` to the new, empty file `to`. Where `sparse`, holes are left as holes, if
// the file system can tell where they are. Throws Error (truncated) where `from` ends before; one that is
// cut while its holes are looked for may end in a hole.
void copy_whole(FileSystem& system, int from, uint64_t size, bool sparse, int to, const std::string& file);

// An open folder that several users share.
struct Folder {
  Descriptor descriptor;
  std::string path;  // as named when opened
  dev_t device = 0;
  int fd() const noexcept { return descriptor.get(); }
};
std::shared_ptr<Folder> open_folder(FileSystem& system, const std::string& path);

// A path cut into its folder ("." if it names none) and last component.
struct SplitPath {
  std::string folder, name;
};
SplitPath split_path(const std::string& path);

// `path` with a symbolic link in its last component replaced by what it names, repeatedly. What does not
// exist comes back as it is. Throws Error (io) after 40 links.
std::string follow_links(FileSystem& system, std::string path);

// Syncs a folder, so that names made or changed in it survive a power cut. File systems that have no such
// call for folders are taken at their word.
void sync_folder(FileSystem& system, const Folder& folder);

// Renames, failing with Error (conflict) if `to` exists. Where the file system has no RENAME_NOREPLACE, files
// are linked and unlinked instead, folders renamed over a fresh empty one.
void rename_new(FileSystem& system, int from_folder, const char* from, int to_folder, const char* to,
                bool is_folder, const std::string& file);

}  // namespace jireloc
