// What it takes to judge the things of a depot, in its place or on their way into another.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/threads.hpp"
#include "bytes/transaction.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/payload_audit.hpp"
#include "jireloc/proof.hpp"
#include "jireloc/relocate.hpp"
#include "relocate/depot_places.hpp"
#include "relocate/inventory.hpp"
#include "relocate/spellings.hpp"

namespace jireloc::relocating {

// Why a package cannot be counted on.
struct Unusable {
  std::string why;
  bool unknown = false;     // it could not be looked at: nothing is said against it
  Code cause = Code::none;  // as in DepotItem
};

struct Judging {
  Judging(const DepotOptions& common_options, const TreeLimits& tree_limits, const ItemSink& items,
          FileSystem& file_system, const DepotPlaces& depots, std::shared_ptr<Folder> depot)
      : common(common_options),
        limits(tree_limits),
        sink(items),
        system(file_system),
        places(depots),
        from(std::move(depot)),
        proofs(tree_limits) {}

  const DepotOptions& common;
  const TreeLimits limits;
  const ItemSink& sink;
  FileSystem& system;
  const DepotPlaces& places;
  const std::shared_ptr<Folder> from;  // the depot that is judged
  // What becomes of a thing with which this program can do nothing, though nothing speaks against it: it is
  // of a format that it does not know, or its content lies in an overlay's lower layer. Where things may be
  // removed it is left alone.
  DepotItemStatus beyond_us = DepotItemStatus::failed;
  Shard shard = {};  // what is not in it is another run's
  const std::atomic<bool>* stop = nullptr;
  ProofCache proofs;
  PresenceCache presences = {};
  // "packages/Name/SLUG", "artifacts/SHA1" of what will not be there as it is in the depot now, and why.
  std::map<std::string, Unusable> unusable_packages = {};
  // Asked of what code names below the depot and is in none of those: why it will not be there; empty:
  // nothing is said against it. Null: what is in the depot stays there.
  std::function<std::string(std::string_view tail)> left_behind = {};
  // Told of other names of the depot by which images lead into it. Null: nobody asks.
  Spellings* spellings = nullptr;
  // What asks for an image that grew in an earlier run is served by what it became. Null: nobody tells.
  GrownSet* grown = nullptr;
  const HeldImages* held = nullptr;  // images of the depot that do not lie in it; null: all do
  Threads threads{common.jobs, common.most_jobs};

  void check_stop() const {
    if (stop != nullptr && stop->load())
      throw Error(ErrorKind::interrupted, "interrupted; what is in the target is whole");
  }
  // What becomes of an item that an error was met at. Only what speaks against the item itself drops it.
  DepotItemStatus status_for(const Error& error) const {
    if (error.kind() == ErrorKind::conflict) return DepotItemStatus::conflict;
    if (is_disproof(error.kind())) return DepotItemStatus::dropped;
    return error.kind() == ErrorKind::unknown_format ? beyond_us : DepotItemStatus::failed;
  }
};

// Whether others may count on a thing that this became of.
constexpr bool usable(DepotItemStatus status) noexcept {
  return status == DepotItemStatus::merged || status == DepotItemStatus::relocated ||
         status == DepotItemStatus::already_there || status == DepotItemStatus::kept;
}

// A thing of which there is one thing to say.
DepotItem item_of(DepotItemKind kind, std::string path, DepotItemStatus status, Reason reason);

// Judges a depot in its place: says of each package, artifact and image whether it is as it should be, then
// of the alias, then which files are left over. Nothing is changed.
void judge_depot(Judging& judging, const Inventory& inventory);
// Says whether the recorded alias of the depot still leads to it.
void judge_alias(const Judging& judging);
// Says which files are no part of anything, and which folders could not be listed.
void report_leftovers(const Judging& judging, const Inventory& inventory);

}  // namespace jireloc::relocating
