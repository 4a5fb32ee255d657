#include "relocate/spellings.hpp"

#include <fmt/format.h>

#include "bytes/transaction.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::relocating {

Spellings::Spellings(FileSystem& system, const Folder& depot, const FileView& view, std::string name)
    : view_(view), name_(std::move(name)) {
  const struct stat info = stat_of(system, depot.fd(), depot.path);
  device_ = info.st_dev;
  inode_ = info.st_ino;
}

Spellings::Leads Spellings::look_at(const std::string& folder) {
  const auto [place, is_new] = looked_at_.emplace(folder, Leads::elsewhere);
  if (!is_new) return place->second;
  const FileStatus there = view_.status(folder);
  if (there.type == FileStatus::Type::none)
    place->second = Leads::nowhere;
  else if (there.exists() && there.device == device_ && there.inode == inode_)
    place->second = Leads::here;
  return place->second;
}

std::optional<std::string> Spellings::own_name(const std::string& path) {
  if (!path.starts_with('/')) return {};
  const std::vector<std::string_view> parts = paths::components(path);
  const std::lock_guard lock(mutex_);
  std::string folder;
  bool goes_up = false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == ".") continue;
    folder.append("/").append(parts[i]);
    goes_up = goes_up || parts[i] == "..";
    const Leads leads = look_at(folder);
    if (leads == Leads::nowhere) return {};
    if (leads == Leads::elsewhere) continue;
    if (folder == name_) return {};
    if (goes_up)
      throw Error(ErrorKind::unsupported,
                  fmt::format("its code names \"{}\", which leads into the depot by \"..\"", path), name_);
    found_.insert(folder);
    std::string own = name_;
    for (++i; i < parts.size(); ++i) own.append("/").append(parts[i]);
    return own;
  }
  return {};
}

void Spellings::add(const std::string& name) {
  const std::lock_guard lock(mutex_);
  found_.insert(name);
}

std::vector<std::string> Spellings::found() const {
  const std::lock_guard lock(mutex_);
  return {found_.begin(), found_.end()};
}

}  // namespace jireloc::relocating
