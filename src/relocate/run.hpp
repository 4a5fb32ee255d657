// What the parts of one relocation share.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "relocate/depot_lock.hpp"
#include "relocate/judging.hpp"
#include "relocate/removal.hpp"

namespace jireloc::relocating {

class Proven;

struct Run : Judging {
  Run(const RelocateOptions& relocate_options, const ItemSink& items, FileSystem& file_system,
      const DepotPlaces& depots, std::shared_ptr<Folder> source, std::shared_ptr<Folder> target)
      : Judging(relocate_options, relocate_options.limits, items, file_system, depots, std::move(source)),
        options(relocate_options),
        to(std::move(target)) {
    beyond_us = DepotItemStatus::dropped;
    shard = options.shard;
    stop = options.stop;
  }

  const RelocateOptions& options;
  const std::shared_ptr<Folder> to;               // null in a dry run into a depot that is not there yet
  std::map<std::string, StandIn> removable = {};  // --move: by path in the source, what stands at the target
  std::vector<std::string> arrived = {};          // images that this run has put into the target, in order
  std::set<std::string> of_other_shards = {};     // trees that another run merges
  std::vector<PathMapping> aliases = options.aliases;  // and the target's own
  std::shared_ptr<Proven> proven = {};                 // null: everything is judged, and nothing recorded
  // Of make_folders alone: what it keeps open, by path in the target.
  std::map<std::string, std::shared_ptr<Folder>> parents = {};
  bool is_staged = false;  // the source is a temporary folder of this process, inside of the target

  bool writes() const { return !options.dry_run; }
  bool moves() const { return options.move && writes(); }
  // What is verified at the target may go from the source at the end of the run. Where what stands there
  // cannot be looked at, it stays.
  void note_removable(DepotItem& item, const std::string& relative, const std::function<StandIn()>& stand_in);
};

// relocate_depot over any file system. `staged`: the source lies there, inside of the target, under a
// temporary name that a RunMark of this process keeps; `from` is what Julia saw it as, and may be the
// target's own name.
void relocate(const RelocateOptions& options, const ItemSink& sink, FileSystem& system,
              const Staged& staged = {});
// Opens the target, with folders made that are not there. Throws Error, as relocate_depot does.
std::shared_ptr<Folder> make_target(FileSystem& system, const RelocateOptions& options);
// Removes what killed runs have left in it; its lock is held. What they staged lies beside its place: in the
// folders of all packages and images where a run died whose mark is still there, else in these packages
// ("packages/Name"), of which `known` may tell that there is nothing in them. `jobs`: how many threads may
// look.
void clear_leftovers(FileSystem& system, const Folder& depot, const std::set<std::string>& packages = {},
                     KnownFolders* known = nullptr, int jobs = 1);

// The lock of the target; without a timeout, for a run that is at work.
DepotLock lock_target(const Run& run, std::chrono::milliseconds timeout);
inline DepotLock lock_target(const Run& run) {
  return lock_target(run, std::max(run.options.lock_timeout, kWhileAtWork));
}

// Permission bits of what is made in a folder of the target: those of the options, and writing by the group
// where the parent's group may write, what is made will belong to that group, and nobody has said otherwise.
mode_t file_mode_in(const Run& run, const Folder& parent);
mode_t folder_mode_in(const Run& run, const Folder& parent);
mode_t file_mode_in(const Run& run, const struct stat& parent);
mode_t folder_mode_in(const Run& run, const struct stat& parent);
// Gives the same to a folder that was just made.
void open_to_group(FileSystem& system, const std::string& folder, const RelocateOptions& options);

// Opens "a/b/c" below a depot, making what is not there. It gets what its parent passes on: the set-group-id
// bit, the group, a default access list.
std::shared_ptr<Folder> make_folders(Run& run, const std::string& relative);

// Adds the target's alias to run.aliases: the one that its record names, or with options.make_alias a new
// one. Reports it. Throws Error (usage, conflict, io) where an alias was asked for and cannot be had.
void settle_alias(Run& run);
// A tree hash or difference of the source's owner cannot change what was staged: judged there, then
// published.
void merge_trees(Run& run, const Inventory& inventory);
// The same where nothing can be judged: what is there is never written over, and the source keeps its own.
void merge_scratchspaces(Run& run, const std::vector<TreeRef>& scratchspaces);
// "scratchspaces/UUID/NAME" of the source, each once, where the code of one of these images names it or what
// lies in it, and it is there. Images that cannot be read name none: they are judged later.
std::vector<TreeRef> named_scratchspaces(Run& run, const std::vector<ImageRef>& images);
// `problems`: folders of the source that could not be listed.
void merge_images(Run& run, const std::vector<ImageRef>& images, const std::vector<Error>& problems);
// cache/vX.Y/objcache-lmdb1 (Julia 1.14, src/objcache.cpp): keyed by what an object was made of, written by
// running Julias, needed by no image. It is left where it is; one item says so.
void report_object_cache(const Run& run);
// Removes the oldest images of each package and Julia version beyond options.max_per_package from the target:
// those that came into it first (see Arrivals), never one that another image there depends on, nor one that
// this run has merged. Each removal is reported as a dropped item. Nothing goes where an image could not be
// looked at.
void trim_images(Run& run);

}  // namespace jireloc::relocating
