// Where files really lie: recorded paths are looked up through a view, so that depots mounted elsewhere, and
// files that are not in place yet, can be judged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jireloc {

// What stat says of a path, symbolic links followed.
struct FileStatus {
  enum class Type {
    none,  // there is no such path
    regular,
    directory,
    other,
    unknown,  // the call failed: whether anything is there cannot be told, and nothing follows from it
  };
  Type type = Type::none;
  int problem = 0;  // errno where it is unknown
  uint64_t device = 0, inode = 0;
  uint64_t size = 0;  // st_size in bytes, of directories too
  double mtime = 0;   // julia_mtime(); 0.0 where there is nothing, as Julia's mtime says up to 1.12
  bool exists() const noexcept { return type != Type::none && type != Type::unknown; }
  bool is_unknown() const noexcept { return type == Type::unknown; }
  bool is_file() const noexcept { return type == Type::regular; }
  bool is_directory() const noexcept { return type == Type::directory; }
  // Base.samefile: both exist, device and inode are equal.
  bool same_file(const FileStatus& other) const noexcept {
    return exists() && other.exists() && device == other.device && inode == other.inode;
  }
};

// Seconds since the epoch as Julia computes them: (double)sec + (double)nsec * 1e-9, in that order
// (src/sys.c: jl_stat_mtime, all versions).
double julia_mtime(int64_t seconds, int64_t nanoseconds) noexcept;

// stat(path). ENOENT, ENOTDIR, and ENAMETOOLONG, which no path of a file gives, are none; every other failure
// is unknown.
FileStatus file_status(const std::string& actual_path) noexcept;

// Throws Error (io) unless it is certain that nothing is at a path that stat did not find: what is not there
// was looked for in the last folder on the way that is there, and that one could be opened and read.
void require_certain_absence(const std::string& actual_path);

// The path that an absolute one leads to, all symbolic links followed, "." and ".." taken out, as realpath
// has it; what does not exist is kept as it is. Throws Error (io) where a link cannot be read.
std::string resolve_links(const std::string& absolute_path);

class FileView {
 public:
  virtual ~FileView() = default;
  // The path to open for the file that an image calls `path`. Need not exist. Throws Error (io) where the way
  // to it cannot be looked at.
  virtual std::string actual(const std::string& path) const { return path; }
  virtual FileStatus status(const std::string& path) const;
  // The same where only an answer helps. Throws Error (io) where it is unknown.
  FileStatus known_status(const std::string& path) const;
  // See require_certain_absence.
  void require_absent(const std::string& path) const { require_certain_absence(actual(path)); }
};

// Files as they lie. It lives as long as the program.
const FileView& plain_file_view() noexcept;

// Path prefixes that lie elsewhere for now (what will be at NEW still is at OLD); the longest prefix wins,
// matched at path boundaries. What no prefix matches, and the result of one that does, is asked from `base`.
class MappedView final : public FileView {
 public:
  // `base` must outlive it.
  MappedView(std::vector<std::pair<std::string, std::string>> prefixes, const FileView& base);
  MappedView(std::vector<std::pair<std::string, std::string>> prefixes, const FileView&& base) = delete;
  std::string actual(const std::string& path) const override;

 private:
  std::vector<std::pair<std::string, std::string>> prefixes_;
  const FileView& base_;
};

}  // namespace jireloc
