#include "relocate/removal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <utility>
#include <vector>

#include "bytes/temporaries.hpp"
#include "bytes/tree_walk.hpp"

namespace jireloc::relocating {
namespace {

bool is_project_file(const std::string& relative, const std::string& name) {
  return relative.empty() && (name == "Project.toml" || name == "JuliaProject.toml");
}

bool is_same(const struct stat& now, const FileIdentity& then) {
  return now.st_dev == then.device && now.st_ino == then.inode &&
         (S_ISDIR(now.st_mode) || now.st_size == then.size);
}

int unlinked(FileSystem& system, const Folder& folder, const std::string& name, int flags = 0) {
  return retried([&] { return system.unlink(folder.fd(), name.c_str(), flags); });
}

int renamed(FileSystem& system, const Folder& folder, const std::string& from, const std::string& to,
            unsigned flags = 0) {
  return retried([&] { return system.rename(folder.fd(), from.c_str(), folder.fd(), to.c_str(), flags); });
}

[[noreturn]] void refuse(const std::string& message, const std::string& path) {
  throw Error(ErrorKind::conflict, "not removed: " + message, path);
}

// Whether a file may go because the one at the target is another, and of the same kind.
void require_other_file(const struct stat& ours, const std::optional<struct stat>& theirs,
                        const std::string& path) {
  if (!theirs) refuse("the target has no such file", path);
  if (is_same_file(ours, *theirs)) refuse("it is the same file as the one at the target", path);
  if ((ours.st_mode & S_IFMT) != (theirs->st_mode & S_IFMT) || ours.st_size != theirs->st_size)
    refuse("the one at the target differs", path);
}

// Holds each file of a tree against the target's before anything is removed.
class Guard {
 public:
  Guard(FileSystem& system, const Folder& target, const std::string& path)
      : system_(system), target_(target), path_(path) {}
  void folder(int, const std::string&) {}
  // Never copied, so only here.
  void git(const std::string& relative, mode_t) {
    refuse("the target has no such file", path_ + "/" + join_path(relative, ".git"));
  }
  void entry(int folder, const std::string& relative, const std::string& name, mode_t) {
    const std::string path = path_ + "/" + join_path(relative, name);
    const auto ours = find_entry(system_, folder, name, path);
    if (ours) require_other_file(*ours, counterpart(relative, name, path), path);
  }

 private:
  std::optional<struct stat> counterpart(const std::string& relative, const std::string& name,
                                         const std::string& path) {
    try {
      if (!opened_ || relative_ != relative) {
        opened_ = open_folder_in(system_, target_, relative.empty() ? "." : relative);
        relative_ = relative;
      }
      return find_entry(system_, opened_->fd(), name, path);
    } catch (const Error& error) {
      if (error.system_errno() == ENOENT || error.system_errno() == ENOTDIR) return {};
      throw;
    }
  }

  FileSystem& system_;
  const Folder& target_;
  const std::string& path_;
  std::shared_ptr<Folder> opened_;  // the target's folder `relative_`
  std::string relative_;
};

// Removes the files of a tree as they are walked past, then its folders. What cannot be removed is noted, and
// the rest goes.
class Emptier {
 public:
  Emptier(FileSystem& system, const std::string& path) : system_(system), path_(path) {}

  void folder(int, const std::string& relative) {
    if (!relative.empty()) folders_.push_back(relative);
  }
  void git(const std::string& relative, mode_t) { gits_.push_back(relative); }
  void entry(int folder, const std::string& relative, const std::string& name, mode_t) {
    if (is_project_file(relative, name))
      last_.push_back(name);
    else
      remove(folder, name, 0, join_path(relative, name));
  }
  void finish(const Folder& parent, const std::string& name, const Folder& top) {
    for (const std::string& relative : gits_)
      remove_tree(system_, *open_folder_in(system_, top, relative.empty() ? "." : relative), ".git");
    for (auto relative = folders_.rbegin(); relative != folders_.rend(); ++relative) {
      const SplitPath split = split_path(*relative);
      remove(open_folder_in(system_, top, split.folder)->fd(), split.name, AT_REMOVEDIR, *relative);
    }
    // While anything else is left, what it is a part of can be told.
    if (!failure_)
      for (const std::string& project : last_) remove(top.fd(), project, 0, project);
    if (!failure_) remove(parent.fd(), name, AT_REMOVEDIR, "");
    if (failure_) throw Error(*failure_);
  }

 private:
  void remove(int folder, const std::string& name, int flags, const std::string& relative) {
    const int result = retried([&] { return system_.unlink(folder, name.c_str(), flags); });
    if (result < 0 && result != -ENOENT && !failure_)
      failure_ = Error::system(-result, flags == 0 ? "unlink" : "rmdir", join_path(path_, relative));
  }

  FileSystem& system_;
  const std::string& path_;
  std::vector<std::string> folders_, last_, gits_;
  std::optional<Error> failure_;
};

}  // namespace

void not_removed(DepotItem& item, const Error& error) {
  item.status = DepotItemStatus::failed;
  item.reasons.push_back(error.retold("not removed: " + error.message()));
}

void Removal::remove_unfit(DepotItem& item, const std::string& relative, const ItemSight* seen) {
  try {
    remove(relative, item.kind, nullptr, seen);
    item.removed = true;
  } catch (const Error& error) {
    not_removed(item, error);
  }
}

void Removal::remove_moved(const std::string& relative, DepotItemKind kind, const StandIn& stand_in,
                           const ItemSight* seen) {
  require_other_place(relative, stand_in);
  const bool is_there = entry_below(system_, depot_, relative).has_value();
  remove(relative, kind, &stand_in, seen);
  if (is_there) remove_emptied(relative);
}

void Removal::remove(const std::string& relative, DepotItemKind kind, const StandIn* stand_in,
                     const ItemSight* seen) {
  if (seen == nullptr && kind != DepotItemKind::leftover)
    refuse("it could not be looked at before it was judged", depot_.path + "/" + relative);
  kind == DepotItemKind::image ? remove_image(relative, stand_in, seen)
                               : remove_folder(relative, stand_in, seen);
}

void Removal::remove_emptied(const std::string& relative) {
  for (std::string folder = split_path(relative).folder; folder.find('/') != std::string::npos;
       folder = split_path(folder).folder) {
    const SplitPath split = split_path(folder);
    const auto above = open_folder_in(system_, depot_, split.folder);
    const int removed = unlinked(system_, *above, split.name, AT_REMOVEDIR);
    if (removed == -ENOTEMPTY || removed == -EEXIST || removed == -ENOENT || removed == -EBUSY) return;
    checked(removed, "rmdir", join_path(depot_.path, folder));
  }
}

// Both paths have as many components: packages/Name/SLUG, compiled/vX.Y/Name/FILE.
void Removal::require_other_place(const std::string& relative, const StandIn& stand_in) const {
  const std::string path = depot_.path + "/" + relative;
  if (target_ == nullptr) refuse("nothing stands for it elsewhere", path);
  if (is_same_file(stat_of(system_, depot_.fd(), path), stat_of(system_, target_->fd(), target_->path)))
    refuse("both depots are one folder", path);
  const std::string& other = stand_in.relative;
  for (size_t ours = 0, theirs = 0; ours != std::string::npos && theirs != std::string::npos;) {
    ours = relative.find('/', ours + 1);
    theirs = other.find('/', theirs + 1);
    const auto one = entry_below(system_, depot_, relative.substr(0, ours));
    const auto two = entry_below(system_, *target_, other.substr(0, theirs));
    if (!two) refuse("it is no longer at the target", path);
    if (one && is_same_file(*one, *two))
      refuse(fmt::format("{}/{} is one with {}/{}", depot_.path, relative.substr(0, ours), target_->path,
                         other.substr(0, theirs)),
             path);
  }
  const auto now = entry_below(system_, *target_, other);
  if (!now || !is_same(*now, stand_in.verified)) refuse("what stands for it at the target was changed", path);
}

void Removal::remove_folder(const std::string& relative, const StandIn* stand_in, const ItemSight* seen) {
  const SplitPath split = split_path(relative);
  const std::string path = depot_.path + "/" + relative;
  const auto parent = open_folder_in(system_, depot_, split.folder);
  const auto info = find_entry(system_, parent->fd(), split.name, path);
  if (!info) return;
  if (!S_ISDIR(info->st_mode)) {
    if (seen != nullptr) refuse("it is no folder any more", path);
    checked(unlinked(system_, *parent, split.name), "unlink", path);
    return;
  }
  // All that follows is done in the folder that is opened here, whatever gets its name meanwhile.
  const auto top = open_folder_in(system_, *parent, split.name);
  if (seen != nullptr && (!is_as_seen(stat_of(system_, top->fd(), path), seen->self) ||
                          sum_inside(system_, *top) != seen->inside))
    refuse("it was changed after it was judged", path);
  if (stand_in != nullptr) {
    const auto theirs = open_folder_in(system_, *target_, stand_in->relative);
    Guard guard(system_, *theirs, path);
    walk_tree(system_, *top, {}, guard);
  }
  Emptier emptier(system_, path);
  try {
    walk_tree(system_, *top, {}, emptier);
  } catch (const Error& error) {
    // Deeper than any package: nobody recognises parts of it.
    if (error.kind() != ErrorKind::too_large || stand_in != nullptr) throw;
    return remove_tree(system_, *parent, split.name);
  }
  emptier.finish(*parent, split.name, *top);
}

void Removal::remove_image(const std::string& relative, const StandIn* stand_in, const ItemSight* seen) {
  const SplitPath split = split_path(relative);
  const auto folder = open_folder_in(system_, depot_, split.folder);
  // The .ji first: without it Julia never looks at the other.
  std::vector<std::pair<std::string, Sight>> files{{split.name, seen->self}};
  for (const std::string& name : library_names(split.name)) {
    const std::string path = folder->path + "/" + name;
    const auto ours = find_entry(system_, folder->fd(), name, path);
    if (!ours) continue;
    const auto known = seen->libraries.find(name);
    if (known == seen->libraries.end() || !is_as_seen(*ours, known->second))
      refuse("it was changed after it was judged", path);
    if (stand_in != nullptr) require_other_library(*ours, *stand_in, path);
    files.emplace_back(name, known->second);
  }
  for (const auto& [name, sight] : files) remove_file(*folder, name, sight);
}

// Between a look at what has a name and its removal something else may get the name, and would be removed
// instead. So it gets a name first that nobody else uses, and is looked at under that.
void Removal::remove_file(const Folder& folder, const std::string& name, const Sight& seen) {
  const std::string path = folder.path + "/" + name, aside = temporary_name();
  const auto before = find_entry(system_, folder.fd(), name, path);
  if (!before) return;
  if (!is_as_seen(*before, seen)) refuse("it was changed after it was judged", path);
  const int moved = renamed(system_, folder, name, aside);
  if (moved == -ENOENT) return;
  checked(moved, "rename", path);
  struct stat now {};
  const int found =
      retried([&] { return system_.stat_at(folder.fd(), aside.c_str(), now, AT_SYMLINK_NOFOLLOW); });
  if (found < 0 || !is_same_as(now, seen)) {
    put_back(folder, aside, name);
    checked(found, "stat", path);
    refuse("it was changed after it was judged", path);
  }
  const int removed = unlinked(system_, folder, aside);
  if (removed >= 0 || removed == -ENOENT) return;
  put_back(folder, aside, name);
  checked(removed, "unlink", path);
}

// Where the name was given to something else meanwhile, that stays.
void Removal::put_back(const Folder& folder, const std::string& aside, const std::string& name) {
  int result = renamed(system_, folder, aside, name, RENAME_NOREPLACE);
  if (result == -EINVAL || result == -ENOSYS) {  // a file system that knows no flags
    result = retried([&] { return system_.link(folder.fd(), aside.c_str(), folder.fd(), name.c_str()); });
    if (result >= 0) result = unlinked(system_, folder, aside);
  }
  if (result < 0)
    throw Error(ErrorKind::io,
                fmt::format("it was put aside as {}, and could not be put back: {}", aside,
                            Error::system(-result, "rename", aside).message()),
                folder.path + "/" + name);
}

void Removal::require_other_library(const struct stat& ours, const StandIn& stand_in,
                                    const std::string& path) const {
  if (!stand_in.library.ends_with(path.substr(path.rfind('.')))) refuse("the target has no such file", path);
  const auto theirs = entry_below(system_, *target_, stand_in.library);
  if (!theirs || !is_same(*theirs, stand_in.verified_library))
    refuse("what stands for it at the target was changed", path);
  if (is_same_file(ours, *theirs)) refuse("it is the same file as the one at the target", path);
}

}  // namespace jireloc::relocating
