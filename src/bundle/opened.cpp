// The files of a bundle under names of their own, for whatever looks at files by name.
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <shared_mutex>

#include "bundle/seekable.hpp"
#include "bytes/file_io.hpp"
#include "bytes/passing_file_system.hpp"
#include "bytes/reading.hpp"
#include "jireloc/bundle.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/error.hpp"

namespace jireloc {

struct OpenedBundle::State {
  State(const std::string& path, uint64_t max_size) : bundle(path, max_size), root(path + ":") {}

  const bundles::SeekableBundle bundle;
  const std::string root;  // what its names begin with
  uint64_t number = 0;     // of all that were opened

  const std::vector<BundleFile>& files() const { return bundle.manifest().files; }

  // The first file that is not before this path.
  size_t lower_bound(std::string_view path) const {
    const auto found =
        std::lower_bound(files().begin(), files().end(), path,
                         [](const BundleFile& file, std::string_view wanted) { return file.path < wanted; });
    return static_cast<size_t>(found - files().begin());
  }
  std::optional<size_t> find(std::string_view path) const {
    const size_t number_of_file = lower_bound(path);
    const bool is_it = number_of_file < files().size() && files()[number_of_file].path == path;
    return is_it ? std::optional(number_of_file) : std::nullopt;
  }
  // That of a tree, or one that lies above trees.
  bool is_folder(std::string_view path) const {
    if (const auto number_of_file = find(path))
      return files()[*number_of_file].kind == BundleFileKind::folder;
    if (path.empty()) return true;
    const size_t next = lower_bound(std::string(path) + "/");
    return !path.starts_with("compiled") && next < files().size() &&
           files()[next].path.starts_with(std::string(path) + "/");
  }

  // Where that leads, every link on the way followed, but for the last one where `follow_last` is false.
  // Nothing where nothing is there.
  std::optional<std::string> there_at(std::string_view path, bool follow_last) const {
    std::string plain = joined({}, path);
    if (!plain.empty()) plain.erase(0, 1);
    auto place = resolve(std::move(plain), follow_last);
    if (!place || (!find(*place) && !is_folder(*place))) return {};
    return place;
  }

  void describe(const std::string& path, struct stat& info) const {
    const auto file = find(path);
    constexpr off_t kFolderSize = 4096;  // on most file systems, while it is small
    info = {};
    info.st_dev = ~number;
    info.st_ino = file ? *file + 1 : (uint64_t{1} << 32) + crc32c::value(path);
    info.st_mode = S_IFDIR | 0755;
    info.st_size = kFolderSize;
    info.st_nlink = 1;
    if (!file) return;
    const BundleFile& listed = files()[*file];
    info.st_mtim = {listed.seconds, listed.nanoseconds};
    info.st_mode = listed.mode | S_IFDIR;
    if (listed.kind == BundleFileKind::folder) return;
    const bool is_file = listed.kind == BundleFileKind::file;
    info.st_mode = listed.mode | (is_file ? S_IFREG : S_IFLNK);
    info.st_size = static_cast<off_t>(is_file ? listed.size : listed.link.size());
  }

 private:
  // Nothing where links go in a circle.
  std::optional<std::string> resolve(std::string path, bool follow_last) const {
    constexpr int kMostLinks = 40;
    for (int links = 0; links <= kMostLinks; ++links) {
      const std::optional<size_t> link = first_link(path, follow_last);
      if (!link) return path;
      const BundleFile& file = files()[*link];
      const std::string rest = path.substr(file.path.size());
      path = joined(file.path.substr(0, file.path.rfind('/')), file.link) + rest;
    }
    return {};
  }

  std::optional<size_t> first_link(const std::string& path, bool follow_last) const {
    for (size_t end = path.find('/'); !path.empty(); end = path.find('/', end + 1)) {
      end = std::min(end, path.size());
      if (end == path.size() && !follow_last) return {};
      const auto found = find(std::string_view(path).substr(0, end));
      if (found && files()[*found].kind == BundleFileKind::link) return found;
      if (end == path.size()) return {};
    }
    return {};
  }

  // A link's text goes up at its beginning only, and never out of the tree that it lies in.
  static std::string joined(std::string folder, std::string_view text) {
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find('/', begin), text.size());
      const std::string_view component = text.substr(begin, end - begin);
      if (component == "..")
        folder.resize(std::min(folder.size(), folder.rfind('/')));
      else if (!component.empty() && component != ".")
        folder += "/" + std::string(component);
      begin = end + 1;
    }
    return folder;
  }
};

// What files are read through once a bundle was opened, to the end of the process: the kernel's own, but for
// names in bundles.
class BundledFiles final : public PassingFileSystem {
 public:
  static BundledFiles& instance() {
    static BundledFiles* const files = new BundledFiles;
    static const auto* const installed = new ReadingThrough(*files);
    static_cast<void>(installed);
    return *files;
  }

  void add(const std::shared_ptr<OpenedBundle::State>& state) {
    const std::lock_guard lock(mutex_);
    state->number = ++opened_;
    bundles_[state->root] = state;
  }
  void remove(const OpenedBundle::State& state) {
    const std::lock_guard lock(mutex_);
    bundles_.erase(state.root);
  }

  int open(int folder, const char* path, int flags, mode_t mode) override {
    const auto place = find(folder, path);
    return place ? open_in(*place, flags) : inner_.open(folder, path, flags, mode);
  }
  int open_beneath(int folder, const char* path, int flags, mode_t mode) override {
    const auto place = find(folder, path);
    return place ? open_in(*place, flags | O_NOFOLLOW) : inner_.open_beneath(folder, path, flags, mode);
  }
  int close(int fd) override {
    if (open_folders_ != 0) {
      const std::lock_guard lock(mutex_);
      if (folders_.erase(fd) != 0) --open_folders_;
    }
    return inner_.close(fd);
  }
  int stat(int fd, struct stat& result) override {
    const auto folder = find(fd, "");
    if (!folder) return inner_.stat(fd, result);
    folder->bundle->describe(folder->path, result);
    return 0;
  }
  int stat_at(int folder, const char* path, struct stat& result, int flags) override {
    const auto place = find(folder, path);
    if (!place) return inner_.stat_at(folder, path, result, flags);
    const auto there = place->bundle->there_at(place->path, (flags & AT_SYMLINK_NOFOLLOW) == 0);
    if (!there) return -ENOENT;
    place->bundle->describe(*there, result);
    return 0;
  }
  ssize_t read_link(int folder, const char* path, char* buffer, size_t size) override {
    const auto place = find(folder, path);
    if (!place) return inner_.read_link(folder, path, buffer, size);
    const auto there = place->bundle->there_at(place->path, false);
    if (!there) return -ENOENT;
    const auto file = place->bundle->find(*there);
    if (!file || place->bundle->files()[*file].kind != BundleFileKind::link) return -EINVAL;
    const std::string& text = place->bundle->files()[*file].link;
    const size_t some = std::min(size, text.size());
    std::memcpy(buffer, text.data(), some);
    return static_cast<ssize_t>(some);
  }
  ssize_t list(int fd, void* buffer, size_t size) override;

 private:
  using StateOfBundle = std::shared_ptr<const OpenedBundle::State>;
  struct Place {
    StateOfBundle bundle;
    std::string path;
  };
  struct OpenFolder {
    Place place;
    std::vector<std::pair<std::string, unsigned char>> left;  // to be listed: names and types, the last first
    bool is_listed = false;
  };

  BundledFiles() : PassingFileSystem(real_file_system()) {}

  // Nothing where it is no name in a bundle.
  std::optional<Place> find(int folder, std::string_view path) const {
    const std::shared_lock lock(mutex_);
    if (const auto opened = folders_.find(folder); opened != folders_.end()) {
      Place place = opened->second.place;
      if (!path.empty() && path != ".") (place.path += place.path.empty() ? "" : "/") += path;
      return place;
    }
    for (const auto& [root, bundle] : bundles_)
      if (path.starts_with(root)) return Place{bundle, std::string(path.substr(root.size()))};
    return {};
  }

  int open_in(const Place& place, int flags) {
    const bool follow = (flags & O_NOFOLLOW) == 0;
    const auto path = place.bundle->there_at(place.path, follow);
    if (!path) return -ENOENT;
    if ((flags & O_ACCMODE) != O_RDONLY) return -EROFS;
    const bool is_folder = place.bundle->is_folder(*path);
    const auto file = place.bundle->find(*path);
    if (!is_folder && place.bundle->files()[*file].kind == BundleFileKind::link) return -ELOOP;
    if (!is_folder && (flags & O_DIRECTORY) != 0) return -ENOTDIR;
    const int fd = ::memfd_create("jireloc-bundle", MFD_CLOEXEC);
    if (fd < 0) return -errno;
    if (is_folder) {
      const std::lock_guard lock(mutex_);
      folders_[fd] = {{place.bundle, *path}, {}};
      ++open_folders_;
      return fd;
    }
    return filled(fd, *place.bundle, *file);
  }

  int filled(int fd, const OpenedBundle::State& bundle, size_t file) {
    try {
      write_all_at(inner_, fd, bundle.bundle.content(file), 0, bundle.root + bundle.files()[file].path);
      return fd;
    } catch (const Error& error) {
      inner_.close(fd);
      return error.kind() == ErrorKind::too_large ? -EFBIG : -EIO;
    }
  }

  static std::vector<std::pair<std::string, unsigned char>> entries_of(const Place& folder) {
    const std::string before = folder.path.empty() ? "" : folder.path + "/";
    const auto& files = folder.bundle->files();
    std::map<std::string, unsigned char> entries;
    for (size_t i = folder.bundle->lower_bound(before); i < files.size(); ++i) {
      if (!files[i].path.starts_with(before)) break;
      const std::string rest = files[i].path.substr(before.size());
      const size_t slash = rest.find('/');
      const BundleFileKind kind = files[i].kind;
      entries.emplace(rest.substr(0, slash), slash != std::string::npos || kind == BundleFileKind::folder
                                                 ? DT_DIR
                                                 : (kind == BundleFileKind::link ? DT_LNK : DT_REG));
    }
    return {entries.rbegin(), entries.rend()};
  }

  mutable std::shared_mutex mutex_;
  uint64_t opened_ = 0;
  std::map<std::string, StateOfBundle> bundles_;
  std::map<int, OpenFolder> folders_;
  std::atomic<size_t> open_folders_{0};
};

// As getdents64 fills a buffer.
ssize_t BundledFiles::list(int fd, void* buffer, size_t size) {
  if (!find(fd, "")) return inner_.list(fd, buffer, size);
  const std::lock_guard lock(mutex_);
  const auto found = folders_.find(fd);
  OpenFolder& folder = found->second;
  if (!std::exchange(folder.is_listed, true)) folder.left = entries_of(folder.place);
  size_t used = 0;
  while (!folder.left.empty()) {
    const auto& [name, type] = folder.left.back();
    constexpr size_t kName = 19, kAlign = 8;  // of struct linux_dirent64
    const size_t length = (kName + name.size() + 1 + kAlign - 1) / kAlign * kAlign;
    if (used + length > size) return used == 0 ? -EINVAL : static_cast<ssize_t>(used);
    char* record = static_cast<char*>(buffer) + used;
    std::memset(record, 0, length);
    record[0] = 1;  // an inode that is not 0
    const auto short_length = static_cast<uint16_t>(length);
    std::memcpy(record + 16, &short_length, sizeof short_length);
    record[18] = static_cast<char>(type);
    std::memcpy(record + kName, name.data(), name.size());
    used += length;
    folder.left.pop_back();
  }
  return static_cast<ssize_t>(used);
}

OpenedBundle::OpenedBundle(const std::string& path, uint64_t max_size)
    : state_(std::make_shared<State>(path, max_size)) {
  BundledFiles::instance().add(state_);
}

OpenedBundle::~OpenedBundle() {
  BundledFiles::instance().remove(*state_);
}

const BundleManifest& OpenedBundle::manifest() const noexcept {
  return state_->bundle.manifest();
}

std::vector<std::string> OpenedBundle::images() const {
  std::vector<std::string> paths;
  for (const BundleFile& file : manifest().files)
    if (file.path.starts_with("compiled/") && file.path.ends_with(".ji")) paths.push_back(file.path);
  return paths;
}

bool OpenedBundle::has(std::string_view path) const {
  return state_->there_at(path, true).has_value();
}

std::string OpenedBundle::place_of(std::string_view path) const {
  return state_->root + std::string(path);
}

std::string UnpackedView::actual(const std::string& path) const {
  std::string absent;
  for (const OpenedBundle* bundle : bundles_) {
    std::vector<std::string> depots = bundle->manifest().spellings;
    depots.push_back(bundle->manifest().depot);
    for (const std::string& depot : depots) {
      if (path != depot && !path.starts_with(depot + "/")) continue;
      const std::string below = path.size() > depot.size() ? path.substr(depot.size() + 1) : std::string();
      if (bundle->has(below)) return bundle->place_of(below);
      if (absent.empty()) absent = bundle->place_of(below);
    }
  }
  return absent.empty() ? base_.actual(path) : absent;
}

}  // namespace jireloc
