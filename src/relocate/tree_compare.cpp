#include "relocate/tree_compare.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <vector>

namespace jireloc {

namespace {

struct TreeEntry {
  std::string path;
  mode_t mode = 0;
  uint64_t size = 0;
};

struct Collector {
  FileSystem& system;
  const Folder& top;
  const bool whole;
  std::vector<TreeEntry> entries = {};
  void folder(int, const std::string& relative) {
    if (whole && !relative.empty()) entries.push_back({relative, S_IFDIR, 0});
  }
  void git(const std::string&, mode_t) {}
  void entry(int folder, const std::string& relative, const std::string& name, mode_t) {
    const std::string path = join_path(relative, name);
    const auto info = find_entry(system, folder, name, join_path(top.path, path));
    if (!info) throw Error(ErrorKind::io, "it was removed while it was read", join_path(top.path, path));
    entries.push_back({path, info->st_mode, static_cast<uint64_t>(info->st_size)});
  }
};

std::vector<TreeEntry> entries_of(FileSystem& system, const Folder& top, const WalkLimits& limits) {
  Collector collector{system, top, limits.whole};
  walk_tree(system, top, limits, collector);
  std::sort(collector.entries.begin(), collector.entries.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return std::move(collector.entries);
}

class Comparison {
 public:
  Comparison(FileSystem& system, const Folder& one, const Folder& other)
      : system_(system),
        one_(one),
        other_(other),
        buffer_(size_t{128} << 10),
        other_buffer_(buffer_.size()) {}

  // What is different, or null.
  const char* difference(const TreeEntry& a, const TreeEntry& b) {
    if ((a.mode & S_IFMT) != (b.mode & S_IFMT)) return "one is a file, the other is not";
    if (S_ISLNK(a.mode))
      return link_text(one_, a) == link_text(other_, b) ? nullptr : "the links name other places";
    if (S_ISDIR(a.mode)) return nullptr;
    if (!S_ISREG(a.mode)) return "not a regular file";
    if ((a.mode & S_IXUSR) != (b.mode & S_IXUSR)) return "only one may be executed";
    if (a.size != b.size || !same_content(a, b)) return "contents differ";
    return nullptr;
  }

 private:
  // Files and links are opened below the tops once more: no component may have become a link meanwhile.
  Descriptor open(const Folder& top, const TreeEntry& entry, int flags) {
    const int fd = retried([&] { return system_.open_beneath(top.fd(), entry.path.c_str(), flags, 0); });
    return {system_, checked(fd, "open", top.path + "/" + entry.path)};
  }

  std::string link_text(const Folder& top, const TreeEntry& entry) {
    const SplitPath split = split_path(entry.path);
    const auto folder = open_folder_in(system_, top, split.folder);
    std::string text(PATH_MAX, '\0');
    const ssize_t length = retried(
        [&] { return system_.read_link(folder->fd(), split.name.c_str(), text.data(), text.size()); });
    text.resize(static_cast<size_t>(checked(length, "readlink", top.path + "/" + entry.path)));
    return text;
  }

  size_t fill(const Descriptor& file, std::vector<char>& buffer, const Folder& top, const TreeEntry& entry) {
    size_t filled = 0;
    while (filled < buffer.size()) {
      const ssize_t count = checked(
          retried([&] { return system_.read(file.get(), buffer.data() + filled, buffer.size() - filled); }),
          "read", top.path + "/" + entry.path);
      if (count == 0) break;
      filled += static_cast<size_t>(count);
    }
    return filled;
  }

  bool same_content(const TreeEntry& a, const TreeEntry& b) {
    constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
    const Descriptor first = open(one_, a, kFlags), second = open(other_, b, kFlags);
    for (;;) {
      const size_t count = fill(first, buffer_, one_, a);
      if (count != fill(second, other_buffer_, other_, b)) return false;
      if (std::memcmp(buffer_.data(), other_buffer_.data(), count) != 0) return false;
      if (count < buffer_.size()) return true;
    }
  }

  FileSystem& system_;
  const Folder &one_, &other_;
  std::vector<char> buffer_, other_buffer_;
};

}  // namespace

std::optional<TreeDifference> find_tree_difference(FileSystem& system, const Folder& one, const Folder& other,
                                                   const WalkLimits& limits) {
  const auto first = entries_of(system, one, limits), second = entries_of(system, other, limits);
  Comparison comparison(system, one, other);
  for (size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i == second.size() || (i < first.size() && first[i].path < second[i].path)) {
      return TreeDifference{first[i].path, "not in " + other.path};
    }
    if (i == first.size() || second[i].path < first[i].path) {
      return TreeDifference{second[i].path, "not in " + one.path};
    }
    if (const char* message = comparison.difference(first[i], second[i])) {
      return TreeDifference{first[i].path, message};
    }
  }
  return {};
}

bool is_part_of(FileSystem& system, const Folder& one, const Folder& other, const WalkLimits& limits) {
  const auto first = entries_of(system, one, limits), second = entries_of(system, other, limits);
  Comparison comparison(system, one, other);
  size_t j = 0;
  for (const TreeEntry& entry : first) {
    while (j < second.size() && second[j].path < entry.path) ++j;
    if (j == second.size() || second[j].path != entry.path) return false;
    if (comparison.difference(entry, second[j]) != nullptr) return false;
  }
  return true;
}

}  // namespace jireloc
