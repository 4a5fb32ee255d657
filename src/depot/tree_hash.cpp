// libcrypto's SHA1_Update is marked deprecated for new uses of the hash; git's trees are an old one.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "jireloc/tree_hash.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <vector>

#include "base/work.hpp"
#include "bytes/reading.hpp"
#include "bytes/tree_walk.hpp"
#include "depot/julia_string.hpp"
#include "depot/tree_hasher.hpp"
#include "jireloc/error.hpp"

namespace jireloc {
namespace {

constexpr size_t buffer_size = 256 << 10;
// Paths of what is outside of a tree that are named.
constexpr size_t most_named = 3;

// The plain functions and not EVP: setting up a digest costs as much there as hashing a small source, and
// only what is called here gets into a static build.
class Sha1Digest {
 public:
  void start(std::string_view type, uint64_t size) {
    SHA1_Init(&state_);
    add(fmt::format("{} {}", type, size));
    add(std::string_view("\0", 1));
  }
  void add(std::string_view bytes) { SHA1_Update(&state_, bytes.data(), bytes.size()); }
  Sha1 finish() {
    Sha1 hash;
    SHA1_Final(hash.data(), &state_);
    return hash;
  }

 private:
  SHA_CTX state_;
};

// As git spells them.
constexpr std::string_view kNormal = "100644", kExecutable = "100755", kLink = "120000", kDirectory = "40000";

struct Entry {
  std::string name;
  std::string_view mode = kNormal;
  Sha1 hash{};
  Sha1 quirk{};
};

// Git's order: folders as if their name ended in a slash.
bool is_before(const Entry& a, const Entry& b) noexcept {
  const size_t common = std::min(a.name.size(), b.name.size());
  if (const int order = std::memcmp(a.name.data(), b.name.data(), common); order != 0) return order < 0;
  const auto next = [common](const Entry& entry) -> int {
    if (entry.name.size() > common) return static_cast<unsigned char>(entry.name[common]);
    return entry.mode == kDirectory ? '/' : -1;
  };
  return next(a) < next(b);
}

class Hasher {
 public:
  Hasher(FileSystem& system, const Folder& top, const TreeLimits& limits)
      : system_(system), top_(top), limits_(limits) {}

  TreeHash run() {
    walk_tree(system_, top_, {.most_entries = limits_.most_entries}, *this);
    for (size_t i = folders_.size() - 1; i > 0; --i) hand_up(i);
    note_empty_folders();
    OpenFolder& root = folders_.front();
    total_.hash = tree_object(root, &Entry::hash);
    if (differs(root)) total_.quirk = tree_object(root, &Entry::quirk);
    return std::move(total_);
  }

  void folder(int, const std::string& relative) {
    while (!path_.empty() && !is_below(relative, folders_[path_.back()].relative)) path_.pop_back();
    OpenFolder folder;
    folder.relative = relative;
    folder.parent = path_.empty() ? 0 : path_.back();
    path_.push_back(folders_.size());
    folders_.push_back(std::move(folder));
  }

  void git(const std::string& relative, mode_t type) {
    (S_ISDIR(type) ? folders_.back().has_git_folder : folders_.back().has_files) = true;
    total_.outside.git = true;
    note_outside(join_path(relative, ".git"));
  }

  void entry(int folder, const std::string& relative, const std::string& name, mode_t type) {
    const std::string path = join_path(top_.path, join_path(relative, name));
    Entry entry;
    entry.name = name;
    if (S_ISLNK(type)) {
      hash_link(folder, entry, path);
    } else if (S_ISREG(type)) {
      hash_file(folder, entry, path);
    } else {
      throw Error(ErrorKind::unsupported, "a socket, pipe or device has no git tree hash", path);
    }
    ++total_.files;
    folders_.back().entries.push_back(std::move(entry));
    folders_.back().has_files = true;
  }

 private:
  struct OpenFolder {
    std::string relative;
    size_t parent = 0;
    std::vector<Entry> entries;
    bool has_files = false, has_git_folder = false;
  };

  static bool is_below(const std::string& relative, const std::string& folder) {
    return folder.empty() || (relative.starts_with(folder) && relative[folder.size()] == '/');
  }

  // A finished folder becomes an entry of the one that holds it.
  void hand_up(size_t index) {
    OpenFolder& folder = folders_[index];
    if (folder.has_git_folder && !folder.has_files)
      folder.has_files = contains_files(join_path(folder.relative, ".git"));
    if (!folder.has_files) return;
    Entry entry;
    entry.name = split_path(folder.relative).name;
    entry.mode = kDirectory;
    entry.hash = tree_object(folder, &Entry::hash);
    entry.quirk = differs(folder) ? tree_object(folder, &Entry::quirk) : entry.hash;
    folder.entries = {};
    folders_[folder.parent].entries.push_back(std::move(entry));
    folders_[folder.parent].has_files = true;
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

  void note_outside(const std::string& relative) {
    ++total_.outside.count;
    if (total_.outside.first.size() < most_named) total_.outside.first.push_back(relative);
  }

  void note_empty_folders() {
    for (size_t i = 1; i < folders_.size(); ++i) {
      const OpenFolder& folder = folders_[i];
      if (!folder.has_files && !folder.has_git_folder &&
          (folder.parent == 0 || folders_[folder.parent].has_files))
        note_outside(folder.relative);
    }
  }

  void hash_link(int folder, Entry& entry, const std::string& path) {
    char target[4096];
    const ssize_t size =
        checked(retried([&] { return system_.read_link(folder, entry.name.c_str(), target, sizeof target); }),
                "readlink", path);
    const std::string_view text(target, static_cast<size_t>(size));
    entry.mode = kLink;
    entry.hash = blob(text, text.size());
    const size_t characters = julia_length(text);
    entry.quirk = characters == text.size() ? entry.hash : blob(text, characters);
    count_bytes(text.size());
  }

  Sha1 blob(std::string_view content, uint64_t stated_size) {
    digest_.start("blob", stated_size);
    digest_.add(content);
    return digest_.finish();
  }

  void hash_file(int folder, Entry& entry, const std::string& path) {
    // O_NONBLOCK: a pipe put in the file's place must not stop us.
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    const Descriptor file(
        system_,
        checked(retried([&] { return system_.open(folder, entry.name.c_str(), kFlags); }), "open", path));
    const struct stat info = stat_of(system_, file.get(), path);
    if (!S_ISREG(info.st_mode)) throw Error(ErrorKind::io, "is no longer a regular file", path);
    entry.mode = (info.st_mode & S_IXUSR) != 0 ? kExecutable : kNormal;
    const auto size = static_cast<uint64_t>(info.st_size);
    count_bytes(size);
    digest_.start("blob", size);
    add_content(file.get(), size, path);
    entry.hash = entry.quirk = digest_.finish();
  }

  void count_bytes(uint64_t size) {
    if (size > limits_.most_bytes - total_.bytes)
      throw Error(ErrorKind::too_large,
                  fmt::format("its files are larger than {} bytes in all", limits_.most_bytes), top_.path);
    total_.bytes += size;
  }

  void add_content(int fd, uint64_t expected, const std::string& path) {
    for (uint64_t done = 0; done < expected;) {
      const ssize_t got =
          checked(retried([&] { return system_.read(fd, buffer_.get(), buffer_size); }), "read", path);
      done += static_cast<uint64_t>(got);
      if (got == 0 || done > expected) throw Error(ErrorKind::io, "changed while it was read", path);
      spend_hashed(static_cast<uint64_t>(got), path);
      digest_.add({buffer_.get(), static_cast<size_t>(got)});
    }
  }

  static bool differs(const OpenFolder& folder) {
    return std::any_of(folder.entries.begin(), folder.entries.end(),
                       [](const Entry& entry) { return entry.hash != entry.quirk; });
  }

  Sha1 tree_object(OpenFolder& folder, Sha1 Entry::*hash) {
    std::sort(folder.entries.begin(), folder.entries.end(), is_before);
    uint64_t size = 0;
    for (const Entry& entry : folder.entries) size += entry.mode.size() + 1 + entry.name.size() + 1 + 20;
    digest_.start("tree", size);
    std::string line;
    for (const Entry& entry : folder.entries) {
      line.assign(entry.mode).append(1, ' ').append(entry.name).append(1, '\0');
      line.append(reinterpret_cast<const char*>((entry.*hash).data()), 20);
      digest_.add(line);
    }
    return digest_.finish();
  }

  FileSystem& system_;
  const Folder& top_;
  const TreeLimits limits_;
  Sha1Digest digest_;
  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
  std::vector<OpenFolder> folders_;  // outer ones before those in them
  std::vector<size_t> path_;         // those that hold the current folder, and itself
  TreeHash total_;
};

}  // namespace

TreeHash tree_hash(const std::string& directory, const TreeLimits& limits) {
  FileSystem& system = reading_file_system();
  return tree_hash(system, *open_folder(system, directory), limits);
}

TreeHash tree_hash(FileSystem& system, const Folder& folder, const TreeLimits& limits) {
  return Hasher(system, folder, limits).run();
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
