#include "bundle/listing.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <utility>

#include "bundle/names.hpp"
#include "bytes/tree_walk.hpp"

namespace jireloc::bundles {
namespace {

std::string link_text(FileSystem& system, int folder, const std::string& name, const std::string& path) {
  std::string text(kLongestPath + 1, '\0');
  const auto size =
      checked(retried([&] { return system.read_link(folder, name.c_str(), text.data(), text.size()); }),
              "readlink", path);
  text.resize(static_cast<size_t>(size));
  return text;
}

BundleFile entry_of(const std::string& path, BundleFileKind kind, const struct stat& info) {
  BundleFile file;
  file.path = path;
  file.kind = kind;
  file.size = kind == BundleFileKind::file ? static_cast<uint64_t>(info.st_size) : 0;
  file.mode = kind == BundleFileKind::link ? 0777 : info.st_mode & 0777;
  file.seconds = info.st_mtim.tv_sec;
  file.nanoseconds = static_cast<uint32_t>(info.st_mtim.tv_nsec);
  return file;
}

class TreeLister {
 public:
  TreeLister(FileSystem& system, const Folder& depot, std::string tree)
      : system_(system), depot_(depot), tree_(std::move(tree)) {}

  std::vector<BundleFile> list() {
    walk_tree(system_, *open_folder_in(system_, depot_, tree_), {}, *this);
    return std::move(files_);
  }

  void folder(int, const std::string&) {}
  void git(const std::string&, mode_t) {}
  void entry(int folder_fd, const std::string& relative, const std::string& name, mode_t type) {
    add_folders(relative);
    const std::string path = tree_ + "/" + join_path(relative, name);
    const std::string full = depot_.path + "/" + path;
    const auto info = find_entry(system_, folder_fd, name, full);
    if (!info) throw Error(ErrorKind::conflict, "it went while it was packed", full);
    if (!S_ISREG(type) && !S_ISLNK(type))
      throw Error(ErrorKind::unsupported, "neither a file nor a link", full);
    BundleFile file = entry_of(path, S_ISLNK(type) ? BundleFileKind::link : BundleFileKind::file, *info);
    if (S_ISLNK(type)) file.link = link_text(system_, folder_fd, name, full);
    require_allowed(file, full);
    files_.push_back(std::move(file));
  }

 private:
  static void require_allowed(const BundleFile& file, const std::string& full) {
    if (const std::string_view why = refused_name(file.path); !why.empty())
      throw Error(ErrorKind::unsupported, fmt::format("no bundle can hold it: {}", why), full);
    if (file.kind != BundleFileKind::link) return;
    if (const std::string_view why = refused_link(file.path, file.link); !why.empty())
      throw Error(ErrorKind::unsupported,
                  fmt::format("no bundle can hold a link to \"{}\": {}", file.link, why), full);
  }

  void add_folders(const std::string& relative) {
    for (size_t end = 0; end <= relative.size(); ++end) {
      if (end != 0) end = std::min(relative.find('/', end), relative.size());
      const std::string path = end == 0 ? tree_ : tree_ + "/" + relative.substr(0, end);
      if (!folders_.insert(path).second) continue;
      const std::string full = depot_.path + "/" + path;
      const auto info = find_entry(system_, depot_.fd(), path, full);
      if (!info || !S_ISDIR(info->st_mode))
        throw Error(ErrorKind::conflict, "it changed while it was packed", full);
      files_.push_back(entry_of(path, BundleFileKind::folder, *info));
    }
  }

  FileSystem& system_;
  const Folder& depot_;
  const std::string tree_;
  std::set<std::string> folders_;
  std::vector<BundleFile> files_;
};

}  // namespace

std::vector<BundleFile> list_tree(FileSystem& system, const Folder& depot, const std::string& tree) {
  return TreeLister(system, depot, tree).list();
}

BundleFile list_file(FileSystem& system, const Folder& depot, const std::string& path) {
  const std::string full = depot.path + "/" + path;
  if (const std::string_view why = refused_name(path); !why.empty())
    throw Error(ErrorKind::unsupported, fmt::format("no bundle can hold it: {}", why), full);
  const auto info = find_entry(system, depot.fd(), path, full);
  if (!info || !S_ISREG(info->st_mode))
    throw Error(ErrorKind::conflict, "it changed while it was packed", full);
  return entry_of(path, BundleFileKind::file, *info);
}

}  // namespace jireloc::bundles
