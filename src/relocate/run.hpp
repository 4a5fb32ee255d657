// What the parts of one relocation share.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/threads.hpp"
#include "bytes/transaction.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/payload_audit.hpp"
#include "jireloc/proof.hpp"
#include "jireloc/relocate.hpp"
#include "relocate/depot_lock.hpp"
#include "relocate/depot_places.hpp"
#include "relocate/inventory.hpp"
#include "relocate/removal.hpp"

namespace jireloc::relocating {

// Why a package cannot be counted on.
struct Unusable {
  std::string why;
  bool unknown = false;    // it could not be looked at: nothing is said against it
  std::string cause = {};  // as in DepotItem
};

struct Run {
  const RelocateOptions& options;
  const ItemSink& sink;
  FileSystem& system;
  const DepotPlaces& places;
  std::shared_ptr<Folder> from, to;  // `to` is null in a dry run into a depot that is not there yet
  bool in_place = false;             // prune: from and to are one depot, and nothing is copied
  ProofCache proofs;
  PresenceCache presences = {};
  // "packages/Name/SLUG", "artifacts/SHA1" of what will not be in the target as it is in the source, and why.
  std::map<std::string, Unusable> unusable_packages;
  std::map<std::string, StandIn> removable = {};  // --move: by path in the source, what stands at the target
  std::vector<std::string> arrived = {};          // images that this run has put into the target, in order
  std::set<std::string> of_other_shards = {};     // trees that another run merges

  void check_stop() const {
    if (options.stop != nullptr && options.stop->load())
      throw Error(ErrorKind::interrupted, "interrupted; what is in the target is whole");
  }
  std::vector<PathMapping> aliases = options.aliases;  // and the target's own
  Threads threads{options.jobs, options.most_jobs};
  // What becomes of an item that an error was met at. Only what speaks against the item itself drops it; what
  // this program could not do with it (a format that it does not know) drops it where nothing is removed.
  DepotItemStatus status_for(const Error& error) const {
    if (error.kind() == ErrorKind::conflict) return DepotItemStatus::conflict;
    const bool decides =
        is_disproof(error.kind()) || (!in_place && error.kind() == ErrorKind::unknown_format);
    return decides ? DepotItemStatus::dropped : DepotItemStatus::failed;
  }
  bool moves() const { return options.move && writes(); }
  // What is verified at the target may go from the source at the end of the run. Where what stands there
  // cannot be looked at, it stays.
  void note_removable(DepotItem& item, const std::string& relative,
                      const std::function<StandIn()>& stand_in) {
    if (!moves()) return;
    try {
      removable.insert_or_assign(relative, stand_in());
    } catch (const Error& error) {
      item.warnings.push_back({"not_removed", fmt::format("it stays in the source: {}", error.what())});
    }
  }
  bool writes() const { return !options.dry_run && !in_place; }
};

// The code of the warning that images which no run changes need one in a build that goes.
inline constexpr std::string_view kDependentOutside = "dependent_outside";

// relocate_depot and prune_depot over any file system.
void relocate(const RelocateOptions& options, const ItemSink& sink, FileSystem& system);
void prune(const PruneOptions& options, const ItemSink& sink, FileSystem& system);

// The lock of the target. A run that is at work waits for it at least a minute: others hold it only while
// they put things into place.
DepotLock lock_target(const Run& run, std::chrono::milliseconds timeout);
constexpr std::chrono::milliseconds kWhileAtWork{60'000};
inline DepotLock lock_target(const Run& run) {
  return lock_target(run, std::max(run.options.lock_timeout, kWhileAtWork));
}

// Permission bits of what is made in a folder of the target: those of the options, and writing by the group
// where the parent's group may write, what is made will belong to that group, and nobody has said otherwise.
mode_t file_mode_in(const Run& run, const Folder& parent);
mode_t folder_mode_in(const Run& run, const Folder& parent);
// Gives the same to a folder that was just made.
void open_to_group(FileSystem& system, const std::string& folder, const RelocateOptions& options);

// Opens "a/b/c" below a depot, making what is not there. It gets what its parent passes on: the set-group-id
// bit, the group, a default access list.
std::shared_ptr<Folder> make_folders(Run& run, const std::string& relative);

// A tree hash or difference of the source's owner cannot change what was staged: judged there, then
// published.
void merge_trees(Run& run, const Inventory& inventory);
// The same where nothing can be judged: what is there is never written over, and the source keeps its own.
void merge_scratchspaces(Run& run, const std::vector<TreeRef>& scratchspaces);
// `problems`: folders of the source that could not be listed.
void merge_images(Run& run, const std::vector<ImageRef>& images, const std::vector<Error>& problems);

}  // namespace jireloc::relocating
