#include "relocate/marks.hpp"

#include <fcntl.h>
#include <sys/vfs.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "bytes/tree_walk.hpp"
#include "jireloc/check.hpp"
#include "relocate/sightings.hpp"

namespace jireloc::relocating {
namespace {

// Clocks of file systems are coarse, and not quite that of the system.
constexpr int64_t kSettled = 2;  // seconds

// Those of a disk or of memory of this machine, whose times of change are the kernel's own, on which a file
// keeps its number. A network file system may show what was a minute ago, FAT forgets the time of change.
constexpr uint64_t kFileSystems[] = {
    0xEF53,      // ext2, ext3, ext4
    0x58465342,  // XFS
    0x9123683E,  // btrfs
    0xF2F52010,  // F2FS
    0x2FC12FC1,  // ZFS
    0xCA451A4E,  // bcachefs
    0x01021994,  // tmpfs
    0x794C7630,  // overlay
};

}  // namespace

class Marker::Taking {
 public:
  // `files`: how many there will be, about.
  explicit Taking(const Marker& marker, size_t files = 1) : marker_(marker) {
    values_.reserve(files * kValuesOfFile);
  }

  void add(const struct stat& info) {
    for (const uint64_t value :
         {static_cast<uint64_t>(info.st_dev), static_cast<uint64_t>(info.st_ino),
          static_cast<uint64_t>(info.st_mode), static_cast<uint64_t>(info.st_size),
          static_cast<uint64_t>(info.st_ctim.tv_sec), static_cast<uint64_t>(info.st_ctim.tv_nsec),
          static_cast<uint64_t>(info.st_mtim.tv_sec), static_cast<uint64_t>(info.st_mtim.tv_nsec)})
      values_.push_back(value);
  }
  // `path` is asked for its file system.
  void add(const struct stat& info, const std::string& path) {
    add(info);
    if (info.st_ctim.tv_sec >= marker_.now_ - kSettled) is_lasting_ = false;
    if (is_lasting_ && info.st_dev != last_device_) {
      is_lasting_ = marker_.keeps_times(info.st_dev, path);
      last_device_ = info.st_dev;
    }
  }
  void add_presence(const struct stat& info) {
    for (const uint64_t value : {static_cast<uint64_t>(info.st_dev), static_cast<uint64_t>(info.st_ino)})
      values_.push_back(value);
  }
  void add_absence() { values_.push_back(0); }

  MarkTaken taken() const { return {mark(), is_lasting_}; }
  Mark mark() const {
    const XXH128_hash_t hash = XXH3_128bits(values_.data(), values_.size() * sizeof(uint64_t));
    return {hash.high64, hash.low64};
  }

 private:
  static constexpr size_t kValuesOfFile = 8;

  const Marker& marker_;
  std::vector<uint64_t> values_;
  bool is_lasting_ = true;
  dev_t last_device_ = 0;  // no file's
};

// A folder is marked before it is listed: what comes into it meanwhile changes its mark.
class Marker::Walk {
 public:
  Walk(const Marker& marker, const Folder& top) : system_(marker.system_), top_(top), taking_(marker) {}

  void folder(int fd, const std::string& relative) {
    const std::string path = join_path(top_.path, relative);
    taking_.add(stat_of(system_, fd, path), path);
    if (!relative.empty()) note(relative);
  }
  void git(const std::string& relative, mode_t) {
    throw Error(ErrorKind::unsupported, "it holds more than a git tree", join_path(top_.path, relative));
  }
  void entry(int folder, const std::string& relative, const std::string& name, mode_t type) {
    const std::string path = join_path(top_.path, join_path(relative, name));
    const auto info = find_entry(system_, folder, name, path);
    if (!info) throw Error(ErrorKind::io, "it was removed while it was looked at", path);
    taking_.add(*info, path);
    note(join_path(relative, name));
    has_links_ = has_links_ || S_ISLNK(type);
  }
  TreeMark mark() { return {std::move(names_), taking_.taken(), has_links_}; }

 private:
  void note(const std::string& name) { names_.append(name).append(1, '\0'); }

  FileSystem& system_;
  const Folder& top_;
  Taking taking_;
  std::string names_;
  bool has_links_ = false;
};

TreeMark Marker::of_tree(const Folder& depot, const std::string& tree) const {
  const auto top = open_folder_in(system_, depot, tree);
  Walk walk(*this, *top);
  walk_tree(system_, *top, {}, walk);
  return walk.mark();
}

std::optional<Mark> Marker::of_tree(const Folder& depot, const std::string& tree,
                                    const std::string& names) const {
  constexpr int kFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
  const int fd = retried([&] { return system_.open_beneath(depot.fd(), tree.c_str(), kFlags, 0); });
  if (fd < 0) return {};
  const Descriptor top(system_, fd);
  Taking taking(*this, static_cast<size_t>(1 + std::count(names.begin(), names.end(), '\0')));
  taking.add(stat_of(system_, fd, tree));
  for (size_t at = 0; at < names.size(); at = names.find('\0', at) + 1) {
    struct stat info {};
    const char* name = names.data() + at;
    if (retried([&] { return system_.stat_at(fd, name, info, AT_SYMLINK_NOFOLLOW); }) < 0) return {};
    taking.add(info);
  }
  return taking.mark();
}

MarkTaken Marker::of_folder(const Folder& folder) const {
  Taking taking(*this);
  taking.add(stat_of(system_, folder.fd(), folder.path), folder.path);
  return taking.taken();
}

std::optional<Mark> Marker::of_folder(const Folder& depot, const std::string& relative) const {
  struct stat info {};
  const auto look = [&] { return system_.stat_at(depot.fd(), relative.c_str(), info, AT_SYMLINK_NOFOLLOW); };
  if (retried(look) < 0) return {};
  Taking taking(*this);
  taking.add(info);
  return taking.mark();
}

ImageMark Marker::of_image(const Folder& depot, const std::string& image) const {
  Taking taking(*this);
  const auto add = [&](const std::string& relative) {
    const std::string path = depot.path + "/" + relative;
    const auto info = find_entry(system_, depot.fd(), relative, path);
    if (info) taking.add(*info, path);
    return info.has_value();
  };
  if (!add(image)) throw Error::system(ENOENT, "stat", depot.path + "/" + image);
  unsigned libraries = 0, bit = 1;
  for (const std::string& library : library_names(image)) {
    if (add(library)) libraries |= bit;
    bit *= 2;
  }
  return {taking.taken(), static_cast<uint8_t>(libraries)};
}

std::optional<Mark> Marker::of_image(const Folder& depot, const std::string& image, uint8_t libraries) const {
  Taking taking(*this);
  const auto add = [&](const std::string& relative) {
    struct stat info {};
    const auto look = [&] {
      return system_.stat_at(depot.fd(), relative.c_str(), info, AT_SYMLINK_NOFOLLOW);
    };
    if (retried(look) < 0) return false;
    taking.add(info);
    return true;
  };
  if (!add(image)) return {};
  if (libraries == 0) return taking.mark();
  unsigned bit = 1;
  for (const std::string& library : library_names(image)) {
    if ((libraries & bit) != 0 && !add(library)) return {};
    bit *= 2;
  }
  return taking.mark();
}

MarkTaken Marker::of_place(const std::string& path) const {
  Taking taking(*this);
  struct stat info {};
  const int found = retried([&] { return system_.stat_at(AT_FDCWD, path.c_str(), info, 0); });
  if (found == -ENOENT || found == -ENOTDIR || found == -ENAMETOOLONG)
    taking.add_absence();
  else if (checked(found, "stat", path); S_ISDIR(info.st_mode) && !is_stdlib_path(path))
    taking.add_presence(info);
  else
    taking.add(info, path);
  return taking.taken();
}

Mark Marker::of_nothing() const {
  Taking taking(*this);
  taking.add_absence();
  return taking.mark();
}

bool Marker::keeps_times(dev_t device, const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto [known, is_new] = devices_.try_emplace(device, false);
  if (is_new) {
    struct statfs info {};
    known->second = ::statfs(path.c_str(), &info) == 0 &&
                    std::find(std::begin(kFileSystems), std::end(kFileSystems),
                              static_cast<uint64_t>(info.f_type) & 0xFFFFFFFF) != std::end(kFileSystems);
  }
  return known->second;
}

}  // namespace jireloc::relocating
