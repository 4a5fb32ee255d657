#include "jireloc/relocate.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "base/threads.hpp"
#include "bytes/temporaries.hpp"
#include "relocate/arrivals.hpp"
#include "relocate/dependents_outside.hpp"
#include "relocate/depot_lock.hpp"
#include "relocate/held_images.hpp"
#include "relocate/linked_tops.hpp"
#include "relocate/own_links.hpp"
#include "relocate/proven.hpp"
#include "relocate/run.hpp"
#include "relocate/run_mark.hpp"

namespace jireloc::relocating {
namespace {

constexpr int64_t kLeftoverAge = 3600;  // seconds; younger temporary files may be another process's

// Which of packages, artifacts and compiled are one folder in both depots, under whatever names. Each is
// said.
std::set<std::string> common_folders(const Run& run) {
  std::set<std::string> common;
  for (const char* top : {"packages", "artifacts", "compiled"}) {
    const auto ours = find_entry(run.system, run.from->fd(), top, run.from->path + "/" + top);
    const auto theirs = find_entry(run.system, run.to->fd(), top, run.to->path + "/" + top);
    if (!ours || !theirs || !is_same_file(*ours, *theirs)) continue;
    common.insert(top);
    run.sink(item_of(DepotItemKind::leftover, run.places.from_here() + "/" + top, DepotItemStatus::kept,
                     {Code::same_folder, fmt::format("nothing was removed: it is one folder with {}/{}",
                                                     run.places.to_here(), top)}));
  }
  return common;
}

void remove_moved(Run& run, const std::string& relative, const StandIn& stand_in, const Sightings& seen) {
  const auto kind = relative.starts_with("compiled/") ? DepotItemKind::image : DepotItemKind::package;
  try {
    Removal(run.system, *run.from, run.to.get()).remove_moved(relative, kind, stand_in, seen.find(relative));
  } catch (const Error& error) {
    run.sink(item_of(DepotItemKind::leftover, run.places.from_here() + "/" + relative,
                     error.kind() == ErrorKind::conflict ? DepotItemStatus::kept : DepotItemStatus::failed,
                     error.retold(error.what())));
  }
}

// --move. What the target has must survive a power cut before its source goes.
void remove_from_source(Run& run, const Sightings& seen) {
  if (run.options.durability != Durability::none)
    checked(retried([&] { return run.system.sync_file_system(run.to->fd()); }), "syncfs", run.to->path);
  const std::set<std::string> common = common_folders(run);
  for (const auto& [relative, stand_in] : run.removable)
    if (!common.contains(relative.substr(0, relative.find('/')))) remove_moved(run, relative, stand_in, seen);
}

void require_apart(const std::string& from, const std::string& to) {
  if (is_path_prefix(from, to) || is_path_prefix(to, from))
    throw Error(ErrorKind::usage, "one depot lies inside the other: " + from + " and " + to);
}

bool is_folder(FileSystem& system, const std::string& path) {
  struct stat info {};
  const int found = retried([&] { return system.stat_at(AT_FDCWD, path.c_str(), info, 0); });
  if (found == -ENOENT) return false;
  checked(found, "stat", path);
  if (!S_ISDIR(info.st_mode)) throw Error::system(ENOTDIR, "stat", path);
  return true;
}

// What making a folder would meet.
void require_makeable(FileSystem& system, const Folder& above, const std::string& path) {
  struct stat info {};
  const int found =
      retried([&] { return system.stat_at(AT_FDCWD, path.c_str(), info, AT_SYMLINK_NOFOLLOW); });
  if (found >= 0 && S_ISLNK(info.st_mode))
    throw Error(ErrorKind::io, "a symbolic link to what is not there", path);
  if (::faccessat(AT_FDCWD, above.path.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    throw Error::system(errno, "mkdir", path);
}

// Makes the folders that are not there yet of a path. Others may make them meanwhile.
void make_with_parents(FileSystem& system, const std::string& path, const RelocateOptions& options,
                       size_t first) {
  for (size_t end = first; end <= path.size(); ++end) {
    end = std::min(path.find('/', end), path.size());
    const std::string folder = path.substr(0, end);
    const auto make = [&] { return system.make_folder(AT_FDCWD, folder.c_str(), options.folder_mode); };
    const int made = retried(make);
    if (made != -EEXIST) checked(made, "mkdir", folder);
    if (made >= 0) open_to_group(system, folder, options);
  }
}

// Null in a dry run into a depot that is not there yet. What stands in its way then is said all the same.
std::shared_ptr<Folder> open_target(FileSystem& system, const RelocateOptions& options,
                                    const DepotPlaces& places, const Folder& from) {
  const std::string& path = places.to_here();
  size_t end = path.size();
  while (end != 0 && !is_folder(system, path.substr(0, end))) end = path.rfind('/', end - 1);
  if (end != path.size()) {
    const auto above = open_depot(system, end == 0 ? "/" : path.substr(0, end));
    require_outside(system, *above, from,
                    fmt::format("one depot lies inside the other: {} and {}", from.path, path));
    require_makeable(system, *above, path.substr(0, path.find('/', end + 1)));
    if (options.dry_run) return nullptr;
    make_with_parents(system, path, options, end + 1);
  }
  auto folder = places.open_to(system);
  if (!options.allow_world_writable) require_not_world_writable(system, *folder);
  return folder;
}

std::vector<std::string> names_in(FileSystem& system, const Folder& depot, const std::string& relative) {
  std::vector<std::string> names;
  try {
    const auto folder = open_folder_in(system, depot, relative);
    for (FolderEntry& entry : list_folder(system, folder->fd(), folder->path))
      names.push_back(std::move(entry.name));
  } catch (const Error&) {
    // not there, or not a folder
  }
  return names;
}

// Of trees below `before` that this process has written: their hashes, where nobody has looked at them yet.
void know_trees(ProofCache& proofs, const std::string& before, const std::map<std::string, TreeHash>& trees) {
  proofs.hash_by([before, &trees](const std::string& folder, const TreeLimits& limits) {
    const auto known = folder.starts_with(before) ? trees.find(folder.substr(before.size())) : trees.end();
    return known != trees.end() ? known->second : tree_hash(folder, limits);
  });
}

// Where a run from this depot may stage packages.
std::set<std::string> package_folders(FileSystem& system, const Folder& depot) {
  std::set<std::string> folders;
  for (const std::string& name : names_in(system, depot, "packages")) folders.insert("packages/" + name);
  return folders;
}

// A folder that is not there holds none.
bool holds_no_temporary(FileSystem& system, const Folder& depot, const std::string& relative,
                        KnownFolders& known) {
  auto entries = known.find(depot, relative);
  if (!entries) {
    try {
      entries = known.list(system, *open_folder_in(system, depot, relative), relative);
    } catch (const Error&) {
      return true;
    }
  }
  return std::none_of(entries->begin(), entries->end(),
                      [](const FolderEntry& entry) { return is_temporary_name(entry.name); });
}

// Those of which it is not known that nothing temporary is in them.
std::vector<std::string> to_be_cleared(FileSystem& system, const Folder& depot,
                                       const std::set<std::string>& packages, KnownFolders* known, int jobs) {
  std::vector<std::string> all(packages.begin(), packages.end());
  if (known == nullptr) return all;
  std::vector<char> is_clear(all.size());
  Threads threads(std::min(jobs, static_cast<int>(Shares(all.size()).count())));
  for_all_shares(threads, all.size(), [&](Share share) {
    for (size_t i = share.begin; i < share.end; ++i)
      is_clear[i] = holds_no_temporary(system, depot, all[i], *known) ? 1 : 0;
  });
  std::vector<std::string> rest;
  for (size_t i = 0; i < all.size(); ++i)
    if (is_clear[i] == 0) rest.push_back(std::move(all[i]));
  return rest;
}

}  // namespace

std::shared_ptr<Folder> make_target(FileSystem& system, const RelocateOptions& options) {
  size_t end = options.to.size();
  while (end != 0 && !is_folder(system, options.to.substr(0, end))) end = options.to.rfind('/', end - 1);
  if (end != options.to.size()) make_with_parents(system, options.to, options, end + 1);
  auto folder = open_depot(system, options.to);
  if (!options.allow_world_writable) require_not_world_writable(system, *folder);
  return folder;
}

void clear_leftovers(FileSystem& system, const Folder& depot, const std::set<std::string>& packages,
                     KnownFolders* known, int jobs) {
  const int64_t before = std::time(nullptr) - kLeftoverAge;
  const LiveRuns live(system, depot);
  const auto is_live = [&](const std::string& temporary) { return live.made(temporary); };
  const auto is_dead = [&](const std::string& temporary) { return live.left_by_dead(temporary); };
  const auto clear = [&](const std::string& relative) {
    try {
      remove_leftovers(system, *open_folder_in(system, depot, relative), before, is_live, is_dead);
    } catch (const Error&) {
      // not there, or not a folder: nothing to clear
    }
  };
  for (const char* top : {".", "packages", "artifacts", "compiled"}) clear(top);
  const std::vector<std::string> versions = names_in(system, depot, "compiled");
  for (const std::string& version : versions) clear("compiled/" + version);
  if (live.has_dead()) {
    for (const std::string& name : names_in(system, depot, "packages")) clear("packages/" + name);
    for (const std::string& version : versions)
      for (const std::string& name : names_in(system, depot, "compiled/" + version))
        clear(fmt::format("compiled/{}/{}", version, name));
  } else {
    for (const std::string& package : to_be_cleared(system, depot, packages, known, jobs)) clear(package);
  }
  live.forget_dead();
}

void Run::note_removable(DepotItem& item, const std::string& relative,
                         const std::function<StandIn()>& stand_in) {
  if (!moves()) return;
  try {
    removable.insert_or_assign(relative, stand_in());
  } catch (const Error& error) {
    item.warnings.push_back({Code::not_removed, fmt::format("it stays in the source: {}", error.what())});
  }
}

DepotLock lock_target(const Run& run, std::chrono::milliseconds timeout) {
  const std::atomic<bool>* stop = run.options.stop;
  return {run.system, *run.to, {timeout, run.options.waiting, [stop] {
                                  return stop != nullptr && stop->load();
                                }}};
}

void relocate(const RelocateOptions& options, const ItemSink& sink, FileSystem& inner, const Staged& staged) {
  LinkedTops system(inner);
  const DepotPlaces places = staged.here.empty() ? DepotPlaces(options.mounts, options.from, options.to)
                                                 : DepotPlaces(options.from, options.to, staged);
  if (staged.here.empty()) require_apart(options.from, options.to);
  if (staged.here.empty()) require_apart(places.from_here(), places.to_here());
  const ItemSink named = places.naming(sink);
  const auto from = places.open_from(system);
  Run run(options, named, system, places, from,
          staged.here.empty() ? open_target(system, options, places, *from) : places.open_to(system));
  run.is_staged = !staged.here.empty();
  run.grown = staged.grown;
  run.held = staged.images;
  if (staged.contents) run.proofs.know_by(staged.contents);
  if (!staged.trees.empty()) know_trees(run.proofs, places.from_here() + "/", staged.trees);
  if (run.to && staged.here.empty()) require_two_depots(system, *run.from, *run.to);
  const std::vector<Error> refused = system.follow(*run.from, places.view(), options.from);
  if (run.to)
    for (const Error& link : system.follow(*run.to, places.view(), options.to)) throw Error(link);
  std::optional<RunMark> mark;
  if (run.writes()) foretell_dependents_outside(run, inner);
  if (run.writes()) {
    const DepotLock lock = lock_target(run, options.lock_timeout);
    run.proven = Proven::of(run);
    clear_leftovers(system, *run.to, package_folders(system, *run.from),
                    run.proven ? &run.proven->in_target() : nullptr, options.jobs);
    mark.emplace(system, run.to);
  }
  settle_alias(run);
  if (run.proven) run.proven->begin();
  Inventory inventory = take_inventory(system, *run.from, kGrace, options.jobs,
                                       run.proven ? &run.proven->in_source() : nullptr);
  if (run.held != nullptr) {
    run.held->add_to(inventory);
    run.held->note_in(run.presences, places.from_here());
  }
  inventory.explain_refused(refused);
  const Sightings seen(system, *run.from, run.moves() ? inventory : Inventory());
  merge_trees(run, inventory);
  if (options.scratchspaces) merge_scratchspaces(run, named_scratchspaces(run, inventory.images));
  merge_images(run, inventory.images, inventory.problems);
  report_leftovers(run, inventory);
  report_object_cache(run);
  if (!run.writes()) return;
  const DepotLock lock = lock_target(run);
  record_arrivals(run);
  if (options.max_per_package > 0) trim_images(run);
  if (run.proven) run.proven->write();
  if (options.move) remove_from_source(run, seen);
}

}  // namespace jireloc::relocating

void jireloc::relocate_depot(const RelocateOptions& options, const ItemSink& sink) {
  relocating::relocate(options, sink, real_file_system());
}
