#include "jireloc/relocate.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "jireloc/environment.hpp"
#include "relocate/arrivals.hpp"
#include "relocate/compilations.hpp"
#include "relocate/dependents_outside.hpp"
#include "relocate/depot_lock.hpp"
#include "relocate/linked_tops.hpp"
#include "relocate/object_cache.hpp"
#include "relocate/own_links.hpp"
#include "relocate/prune_removal.hpp"
#include "relocate/run.hpp"
#include "relocate/run_mark.hpp"
#include "relocate/scratchspaces.hpp"
#include "relocate/target_alias.hpp"
#include "relocate/trim.hpp"

namespace jireloc {

std::string_view name(DepotItemKind kind) noexcept {
  switch (kind) {
    case DepotItemKind::package:
      return "package";
    case DepotItemKind::artifact:
      return "artifact";
    case DepotItemKind::image:
      return "image";
    case DepotItemKind::leftover:
      return "leftover";
    case DepotItemKind::scratchspace:
      return "scratchspace";
    case DepotItemKind::alias:
      return "alias";
  }
  return "unknown";
}

std::string_view name(DepotItemStatus status) noexcept {
  switch (status) {
    case DepotItemStatus::merged:
      return "merged";
    case DepotItemStatus::relocated:
      return "relocated";
    case DepotItemStatus::already_there:
      return "already-there";
    case DepotItemStatus::kept:
      return "kept";
    case DepotItemStatus::dropped:
      return "dropped";
    case DepotItemStatus::conflict:
      return "conflict";
    case DepotItemStatus::failed:
      return "failed";
  }
  return "unknown";
}

std::string_view root_cause(const DepotItem& item) noexcept {
  if (!item.cause.empty()) return item.cause;
  return item.reasons.empty() ? std::string_view() : std::string_view(item.reasons[0].code);
}

bool is_users_rule(std::string_view cause) noexcept {
  constexpr std::string_view kRules[] = {"build_script", "modified_tree", "untrusted_tree", "developed",
                                         "too_many"};
  return std::find(std::begin(kRules), std::end(kRules), cause) != std::end(kRules);
}

namespace {

constexpr int kMostJudgements = 3;      // by prune, while others put things into the depot
constexpr int64_t kLeftoverAge = 3600;  // seconds; younger temporary files may be another process's

void report_leftovers(relocating::Run& run, const relocating::Inventory& inventory) {
  for (const relocating::LeftoverRef& leftover : inventory.leftovers) {
    DepotItem item;
    item.kind = DepotItemKind::leftover;
    item.path = run.places.from_here() + "/" + leftover.relative();
    item.reasons.push_back({leftover.code, leftover.message});
    if (leftover.in_progress) item.status = DepotItemStatus::kept;
    run.sink(item);
  }
  for (const Error& problem : inventory.problems) {
    DepotItem item;
    item.kind = DepotItemKind::leftover;
    item.path = problem.file();
    item.status = DepotItemStatus::failed;
    item.reasons.push_back({std::string(code(problem.kind())), problem.message()});
    run.sink(item);
  }
}

// What killed runs have left; the lock is held.
void clear_leftovers(relocating::Run& run) {
  const int64_t before = std::time(nullptr) - kLeftoverAge;
  const LiveRuns live(run.system, *run.to);
  const auto is_live = [&](const std::string& temporary) { return live.made(temporary); };
  for (const char* top : {"packages", "artifacts", "compiled"}) {
    try {
      const auto folder = open_folder_in(run.system, *run.to, top);
      remove_leftovers(run.system, *folder, before, is_live);
      for (const FolderEntry& entry : list_folder(run.system, folder->fd(), folder->path)) {
        if (std::string_view(top) == "artifacts") break;
        const auto inner = open_folder_in(run.system, *run.to, fmt::format("{}/{}", top, entry.name));
        remove_leftovers(run.system, *inner, before, is_live);
      }
    } catch (const Error&) {
      // not there, or not a folder: nothing to clear
    }
  }
}

// A thing that stays in the source, and why.
DepotItem staying(const relocating::Run& run, const std::string& relative, std::string reason_code,
                  std::string message) {
  DepotItem item;
  item.kind = DepotItemKind::leftover;
  item.path = run.places.from_here() + "/" + relative;
  item.status = DepotItemStatus::kept;
  item.reasons.push_back({std::move(reason_code), std::move(message)});
  return item;
}

// Which of packages, artifacts and compiled are one folder in both depots, under whatever names. Each is
// said.
std::set<std::string> common_folders(const relocating::Run& run) {
  std::set<std::string> common;
  for (const char* top : {"packages", "artifacts", "compiled"}) {
    const auto ours = find_entry(run.system, run.from->fd(), top, run.from->path + "/" + top);
    const auto theirs = find_entry(run.system, run.to->fd(), top, run.to->path + "/" + top);
    if (!ours || !theirs || ours->st_dev != theirs->st_dev || ours->st_ino != theirs->st_ino) continue;
    common.insert(top);
    run.sink(
        staying(run, top, "same_folder",
                fmt::format("nothing was removed: it is one folder with {}/{}", run.places.to_here(), top)));
  }
  return common;
}

void remove_moved(relocating::Run& run, const std::string& relative, const relocating::StandIn& stand_in,
                  const relocating::Sightings& seen) {
  const auto kind = relative.starts_with("compiled/") ? DepotItemKind::image : DepotItemKind::package;
  try {
    relocating::Removal(run.system, *run.from, run.to.get())
        .remove_moved(relative, kind, stand_in, seen.find(relative));
  } catch (const Error& error) {
    DepotItem item = staying(run, relative, std::string(code(error.kind())), error.what());
    if (error.kind() != ErrorKind::conflict) item.status = DepotItemStatus::failed;
    run.sink(item);
  }
}

// --move. What the target has must survive a power cut before its source goes.
void remove_from_source(relocating::Run& run, const relocating::Sightings& seen) {
  if (run.options.durability != Durability::none)
    checked(retried([&] { return run.system.sync_file_system(run.to->fd()); }), "syncfs", run.to->path);
  const std::set<std::string> common = common_folders(run);
  for (const auto& [relative, stand_in] : run.removable)
    if (!common.contains(relative.substr(0, relative.find('/')))) remove_moved(run, relative, stand_in, seen);
}

// That a link is not followed has a reason, which the kernel does not know.
void explain_refused(relocating::Inventory& inventory, const std::vector<Error>& refused) {
  for (Error& problem : inventory.problems)
    for (const Error& link : refused)
      if (problem.file() == link.file()) problem = link;
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
    if (made >= 0) relocating::open_to_group(system, folder, options);
  }
}

// Null in a dry run into a depot that is not there yet. What stands in its way then is said all the same.
std::shared_ptr<Folder> open_target(FileSystem& system, const RelocateOptions& options,
                                    const relocating::DepotPlaces& places, const Folder& from) {
  const std::string& path = places.to_here();
  size_t end = path.size();
  while (end != 0 && !is_folder(system, path.substr(0, end))) end = path.rfind('/', end - 1);
  if (end != path.size()) {
    const auto above = open_depot(system, end == 0 ? "/" : path.substr(0, end));
    relocating::require_outside(system, *above, from,
                                fmt::format("one depot lies inside the other: {} and {}", from.path, path));
    require_makeable(system, *above, path.substr(0, path.find('/', end + 1)));
    if (options.dry_run) return nullptr;
    make_with_parents(system, path, options, end + 1);
  }
  auto folder = places.open_to(system);
  if (!options.allow_world_writable) require_not_world_writable(system, *folder);
  return folder;
}

}  // namespace

void relocate_depot(const RelocateOptions& options, const ItemSink& sink) {
  relocating::relocate(options, sink, real_file_system());
}

void prune_depot(const PruneOptions& options, const ItemSink& sink) {
  relocating::prune(options, sink, real_file_system());
}

namespace relocating {

DepotLock lock_target(const Run& run, std::chrono::milliseconds timeout) {
  const std::atomic<bool>* stop = run.options.stop;
  return {run.system, *run.to, {timeout, run.options.waiting, [stop] {
                                  return stop != nullptr && stop->load();
                                }}};
}

void relocate(const RelocateOptions& options, const ItemSink& sink, FileSystem& inner) {
  LinkedTops system(inner);
  const DepotPlaces places(options.mounts, options.from, options.to);
  require_apart(options.from, options.to);
  require_apart(places.from_here(), places.to_here());
  const ItemSink named = places.naming(sink);
  const auto from = places.open_from(system);
  Run run{options,          named, system, places, from, open_target(system, options, places, *from), false,
          {options.limits}, {},    {}};
  if (run.to) require_two_depots(system, *run.from, *run.to);
  const std::vector<Error> refused = system.follow(*run.from, places.view(), options.from);
  if (run.to)
    for (const Error& link : system.follow(*run.to, places.view(), options.to)) throw Error(link);
  std::optional<RunMark> mark;
  if (run.writes()) foretell_dependents_outside(run, inner);
  if (run.writes()) {
    const DepotLock lock = lock_target(run, options.lock_timeout);
    clear_leftovers(run);
    mark.emplace(system, run.to);
  }
  settle_alias(run);
  Inventory inventory = take_inventory(system, *run.from);
  explain_refused(inventory, refused);
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
  if (options.move) remove_from_source(run, seen);
}

void prune(const PruneOptions& options, const ItemSink& sink, FileSystem& inner) {
  LinkedTops system(inner);
  RelocateOptions in_place;
  in_place.from = in_place.to = options.depot;
  in_place.rules = options.rules;
  in_place.layers = options.layers;
  in_place.bundled = options.bundled;
  in_place.jobs = options.jobs;
  in_place.most_jobs = options.most_jobs;
  in_place.payload = PayloadMode::header_only;
  const DepotPlaces places(options.mounts, options.depot, options.depot);
  const ItemSink named = places.naming(sink);
  const auto depot = places.open_from(system);
  const std::vector<Error> refused = system.follow(*depot, places.view(), options.depot);
  in_place.grace = options.grace;
  const auto judge = [&](const Inventory& inventory, const ItemSink& judged) {
    Run run{in_place, judged, system, places, depot, depot, true, {}, {}, {}};
    merge_trees(run, inventory);
    merge_images(run, inventory.images, inventory.problems);
    judge_alias(run);
    report_leftovers(run, inventory);
  };
  const auto look = [&] {
    Inventory inventory = take_inventory(system, *depot, options.grace);
    explain_refused(inventory, refused);
    return inventory;
  };
  if (!options.remove) return judge(look(), named);
  // Others can use the depot while it is judged, and what they do then is looked for.
  DepotLock::Options waiting{options.lock_timeout, options.waiting, {}};
  (void)DepotLock(system, *depot, waiting);  // where it cannot be had, or is none, nothing begins
  waiting.timeout = std::max(waiting.timeout, kWhileAtWork);
  for (int round = 1;; ++round) {
    const Inventory inventory = look();
    PruneRemoval removal(system, *depot, inventory, options.grace);
    bool removed = false;
    try {
      judge(inventory, removal.judged());
      const DepotLock lock(system, *depot, waiting);
      removed = removal.remove(round == kMostJudgements);
    } catch (...) {
      removal.report(named);
      throw;
    }
    if (removed) return removal.report(named);
  }
}

}  // namespace relocating
}  // namespace jireloc
