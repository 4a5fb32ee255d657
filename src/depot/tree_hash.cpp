#include "jireloc/tree_hash.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <charconv>
#include <memory>
#include <vector>

#include "base/work.hpp"
#include "bytes/reading.hpp"
#include "bytes/tree_walk.hpp"
#include "depot/git_tree.hpp"
#include "depot/tree_hasher.hpp"
#include "jireloc/error.hpp"

namespace jireloc {
namespace {

constexpr size_t buffer_size = 256 << 10;

// Reads what lies in a folder.
class Hasher {
 public:
  Hasher(FileSystem& system, const Folder& top, const TreeLimits& limits, TreeReading* reading)
      : system_(system), top_(top), limits_(limits), reading_(reading) {}

  TreeHash run() {
    walk_tree(system_, top_, {.most_entries = limits_.most_entries}, *this);
    return tree_.finish([this](const std::string& relative) { return contains_files(relative); });
  }

  void folder(int fd, const std::string& relative) {
    if (reading_ != nullptr) reading_->folder(relative, stat_of(system_, fd, join_path(top_.path, relative)));
    if (relative.empty()) return path_.push_back({"", 0});
    while (!is_below(relative, path_.back().relative)) path_.pop_back();
    path_.push_back({relative, tree_.add_folder(path_.back().number, split_path(relative).name)});
  }

  void git(const std::string&, mode_t type) { tree_.add_git(path_.back().number, S_ISDIR(type)); }

  void entry(int folder, const std::string& relative, const std::string& name, mode_t type) {
    const std::string below = join_path(relative, name), path = join_path(top_.path, below);
    if (S_ISLNK(type)) {
      hash_link(folder, below, name, path);
    } else if (S_ISREG(type)) {
      hash_file(folder, below, name, path);
    } else {
      throw Error(ErrorKind::unsupported, "a socket, pipe or device has no git tree hash", path);
    }
  }

 private:
  struct OnPath {
    std::string relative;
    size_t number;
  };

  static bool is_below(const std::string& relative, const std::string& folder) {
    return folder.empty() || (relative.starts_with(folder) && relative[folder.size()] == '/');
  }

  // GitTools.contains_files: looks into .git too.
  bool contains_files(const std::string& relative) {
    std::vector<std::string> waiting{relative};
    for (uint64_t seen = 0; !waiting.empty();) {
      const std::string current = std::move(waiting.back());
      waiting.pop_back();
      const std::string path = join_path(top_.path, current);
      const Descriptor folder = detail::open_for_walk(system_, top_, current);
      for (const FolderEntry& entry : list_folder(system_, folder.get(), path, limits_.most_entries)) {
        if (!S_ISDIR(detail::type_of(system_, folder.get(), entry, path))) return true;
        if (++seen > limits_.most_entries) detail::throw_too_many(path, limits_.most_entries);
        waiting.push_back(join_path(current, entry.name));
      }
    }
    return false;
  }

  void hash_link(int folder, const std::string& below, const std::string& name, const std::string& path) {
    char target[4096];
    const ssize_t size =
        checked(retried([&] { return system_.read_link(folder, name.c_str(), target, sizeof target); }),
                "readlink", path);
    count_bytes(static_cast<uint64_t>(size));
    const std::string_view text(target, static_cast<size_t>(size));
    tree_.add_link(path_.back().number, name, text);
    if (reading_ == nullptr) return;
    const auto info = find_entry(system_, folder, name, path);
    if (!info || !S_ISLNK(info->st_mode)) throw Error(ErrorKind::io, "changed while it was read", path);
    reading_->link(below, *info, text);
  }

  void hash_file(int folder, const std::string& below, const std::string& name, const std::string& path) {
    // O_NONBLOCK: a pipe put in the file's place must not stop us.
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    const Descriptor file(
        system_, checked(retried([&] { return system_.open(folder, name.c_str(), kFlags); }), "open", path));
    const struct stat info = stat_of(system_, file.get(), path);
    if (!S_ISREG(info.st_mode)) throw Error(ErrorKind::io, "is no longer a regular file", path);
    const auto size = static_cast<uint64_t>(info.st_size);
    count_bytes(size);
    object_.start("blob", size);
    if (reading_ != nullptr) reading_->file(below, info);
    add_content(file.get(), size, path);
    tree_.add_file(path_.back().number, name, (info.st_mode & S_IXUSR) != 0, object_.finish(), size);
  }

  void count_bytes(uint64_t size) const {
    if (size > limits_.most_bytes - tree_.bytes())
      throw Error(ErrorKind::too_large,
                  fmt::format("its files are larger than {} bytes in all", limits_.most_bytes), top_.path);
  }

  void add_content(int fd, uint64_t expected, const std::string& path) {
    for (uint64_t done = 0; done < expected;) {
      const ssize_t got =
          checked(retried([&] { return system_.read(fd, buffer_.get(), buffer_size); }), "read", path);
      done += static_cast<uint64_t>(got);
      if (got == 0 || done > expected) throw Error(ErrorKind::io, "changed while it was read", path);
      spend_hashed(static_cast<uint64_t>(got), path);
      const std::string_view piece(buffer_.get(), static_cast<size_t>(got));
      object_.add(piece);
      if (reading_ != nullptr) reading_->content(piece);
    }
  }

  FileSystem& system_;
  const Folder& top_;
  const TreeLimits limits_;
  TreeReading* const reading_;
  GitObject object_;
  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
  std::vector<OnPath> path_;  // the folders that hold the current one, and itself
  GitTree tree_;
};

}  // namespace

TreeHash tree_hash(const std::string& directory, const TreeLimits& limits) {
  FileSystem& system = reading_file_system();
  return tree_hash(system, *open_folder(system, directory), limits);
}

TreeHash tree_hash(FileSystem& system, const Folder& folder, const TreeLimits& limits, TreeReading* reading) {
  return Hasher(system, folder, limits, reading).run();
}

std::string sha1_text(const Sha1& hash) {
  return fmt::format("{:02x}", fmt::join(hash, ""));
}

std::optional<Sha1> parse_sha1(std::string_view text) noexcept {
  if (text.size() != 40) return std::nullopt;
  Sha1 hash;
  for (size_t i = 0; i < hash.size(); ++i) {
    const char* const begin = text.data() + 2 * i;
    if (std::from_chars(begin, begin + 2, hash[i], 16).ptr != begin + 2) return std::nullopt;
  }
  return hash;
}

}  // namespace jireloc
