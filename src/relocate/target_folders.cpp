// What is made in the target: folders, and whose it all is.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>

#include "relocate/run.hpp"

namespace jireloc::relocating {
namespace {

// Whether what is made in a folder belongs to its group, and that may write there. Where everybody may, as in
// /tmp, the folder is no group's.
mode_t group_writing(const struct stat& parent, const RelocateOptions& options) {
  if ((parent.st_mode & S_IWOTH) != 0) return 0;
  const bool inherits = !options.owner && (parent.st_mode & S_ISGID) != 0;
  const gid_t group = options.owner ? options.owner->second : inherits ? parent.st_gid : ::getegid();
  return group == parent.st_gid ? parent.st_mode & S_IWGRP : 0;
}

}  // namespace

mode_t file_mode_in(const Run& run, const struct stat& parent) {
  return run.options.file_mode | (run.options.mode_of_parent ? group_writing(parent, run.options) : 0);
}

mode_t folder_mode_in(const Run& run, const struct stat& parent) {
  return run.options.folder_mode |
         (run.options.folder_mode_of_parent ? group_writing(parent, run.options) : 0);
}

mode_t file_mode_in(const Run& run, const Folder& parent) {
  if (!run.options.mode_of_parent) return run.options.file_mode;
  return file_mode_in(run, stat_of(run.system, parent.fd(), parent.path));
}

mode_t folder_mode_in(const Run& run, const Folder& parent) {
  if (!run.options.folder_mode_of_parent) return run.options.folder_mode;
  return folder_mode_in(run, stat_of(run.system, parent.fd(), parent.path));
}

void open_to_group(FileSystem& system, const std::string& folder, const RelocateOptions& options) {
  if (!options.folder_mode_of_parent) return;
  const auto made = open_folder(system, folder);
  struct stat parent {};
  checked(retried([&] { return system.stat_at(made->fd(), "..", parent, 0); }), "stat", folder);
  const mode_t mode = stat_of(system, made->fd(), folder).st_mode & 07777;
  const mode_t wanted = mode | group_writing(parent, options);
  if (wanted != mode) checked(retried([&] { return system.set_mode(made->fd(), wanted); }), "fchmod", folder);
}

namespace {

std::mutex& mutex_of(const std::string& relative) {
  static std::array<std::mutex, 16> mutexes;
  return mutexes[std::hash<std::string>()(relative) % mutexes.size()];
}

// A folder has its mode a moment after it was made: nobody may take after it before that.
std::shared_ptr<Folder> open_or_make(const Run& run, const Folder& parent, const std::string& relative) {
  const std::lock_guard alone(mutex_of(relative));
  const std::string name = split_path("/" + relative).name;
  const int made = retried([&] { return run.system.make_folder(parent.fd(), name.c_str(), 0700); });
  if (made != -EEXIST) checked(made, "mkdir", parent.path + "/" + name);
  auto folder = open_folder_in(run.system, parent, name);
  if (made < 0) return folder;
  // The umask must not decide who can read a shared depot.
  const mode_t mode = folder_mode_in(run, parent);
  const mode_t given = stat_of(run.system, folder->fd(), folder->path).st_mode & S_ISGID;
  checked(retried([&] { return run.system.set_mode(folder->fd(), mode | given); }), "fchmod", folder->path);
  if (run.options.owner)
    checked(retried([&] {
              return run.system.set_owner(folder->fd(), run.options.owner->first, run.options.owner->second);
            }),
            "fchown", folder->path);
  return folder;
}

std::string above(const std::string& relative) {
  return split_path("/" + relative).folder.substr(1);
}

// Those above what comes into the target, which is much for each of them, stay open. One thread at a time.
std::shared_ptr<Folder> parent_in_target(Run& run, const std::string& relative) {
  if (relative.empty()) return run.to;
  const auto known = run.parents.find(relative);
  if (known != run.parents.end()) return known->second;
  auto folder = open_or_make(run, *parent_in_target(run, above(relative)), relative);
  run.parents.emplace(relative, folder);
  return folder;
}

}  // namespace

std::shared_ptr<Folder> make_folders(Run& run, const std::string& relative) {
  static std::mutex of_parents;
  const auto make = [&] {
    std::unique_lock lock(of_parents);
    const auto parent = parent_in_target(run, above(relative));
    lock.unlock();
    return open_or_make(run, *parent, relative);
  };
  try {
    return make();
  } catch (const Error& error) {
    // Somebody has removed one that is open here, as prune does with what it has emptied.
    if (error.system_errno() != ENOENT) throw;
  }
  {
    const std::lock_guard lock(of_parents);
    run.parents.clear();
  }
  return make();
}

}  // namespace jireloc::relocating
