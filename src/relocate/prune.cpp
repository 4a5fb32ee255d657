#include "relocate/prune.hpp"

#include <algorithm>
#include <set>

#include "relocate/compilations.hpp"
#include "relocate/depot_lock.hpp"
#include "relocate/judging.hpp"
#include "relocate/linked_tops.hpp"
#include "relocate/removal.hpp"
#include "relocate/run_mark.hpp"
#include "relocate/sightings.hpp"

namespace jireloc::relocating {
namespace {

constexpr int kMostJudgements = 3;  // while others put things into the depot

// Since an image was judged, somebody may have begun to compile in its folder: then it is left alone.
bool is_compiled_now(FileSystem& system, const Folder& depot, std::chrono::seconds grace, DepotItem& item) {
  if (item.kind != DepotItemKind::image || item.status != DepotItemStatus::dropped) return false;
  try {
    const std::string folder = item.path.substr(depot.path.size() + 1);
    auto work = Compilations(system, depot, grace).work_beside(folder.substr(0, folder.rfind('/')));
    if (!work) return false;
    item.reasons.insert(item.reasons.begin(), std::move(*work));
  } catch (const Error& error) {
    item.reasons.insert(item.reasons.begin(), error.retold(error.what()));
    item.status = DepotItemStatus::failed;  // who compiles there is not known
    return true;
  }
  item.status = DepotItemStatus::kept;
  return true;
}

// What a run that is at work has staged is its own.
bool is_staged_now(const LiveRuns& live, DepotItem& item) {
  if (item.kind != DepotItemKind::leftover || item.status != DepotItemStatus::dropped ||
      !live.made(split_path(item.path).name))
    return false;
  item.reasons = {{Code::in_progress, "made by a run of jireloc that is at work"}};
  item.status = DepotItemStatus::kept;
  return true;
}

// What a judgement without the lock has dropped goes, if it still may.
class PruneRemoval {
 public:
  // Before the judgement.
  PruneRemoval(FileSystem& system, const Folder& depot, const Inventory& inventory,
               std::chrono::seconds grace)
      : system_(system), depot_(depot), grace_(grace), seen_(system, depot, inventory) {
    for (const Error& problem : inventory.problems) unlisted_.insert(problem.file());
  }

  // Where the judgement puts its items.
  const ItemSink& judged() const { return judged_; }

  // With the lock held. False, and nothing is done, where something has come into the depot since that an
  // image may have been dropped for the want of. With `anyway` the images stay then, and are said to.
  bool remove(bool anyway);
  void report(const ItemSink& sink) const;

 private:
  void remove(DepotItem& item, bool outdated);
  // Whether a folder cannot be listed now that could be: it may hold what has come. What is in one that never
  // could be was judged as not known.
  bool hides_more(const Inventory& now) const;
  std::string relative(const DepotItem& item) const { return item.path.substr(depot_.path.size() + 1); }

  FileSystem& system_;
  const Folder& depot_;
  const std::chrono::seconds grace_;
  const Sightings seen_;
  std::set<std::string> unlisted_;  // folders
  std::vector<DepotItem> items_;
  const ItemSink judged_ = [this](const DepotItem& item) { items_.push_back(item); };
};

bool PruneRemoval::remove(bool anyway) {
  const Inventory now = take_inventory(system_, depot_, grace_);
  const bool outdated = hides_more(now) || seen_.is_outdated(system_, depot_, now);
  if (outdated && !anyway) return false;
  std::set<std::string> leftovers;
  for (const LeftoverRef& leftover : now.leftovers)
    if (!leftover.in_progress) leftovers.insert(leftover.relative());
  const LiveRuns live(system_, depot_);
  for (DepotItem& item : items_) {
    const bool is_leftover = item.kind == DepotItemKind::leftover;
    if (item.status == DepotItemStatus::kept || is_compiled_now(system_, depot_, grace_, item) ||
        is_staged_now(live, item))
      continue;
    if (is_leftover ? item.path.size() > depot_.path.size() && leftovers.contains(relative(item))
                    : item.status == DepotItemStatus::dropped && item.kind != DepotItemKind::alias)
      remove(item, outdated);
  }
  return true;
}

bool PruneRemoval::hides_more(const Inventory& now) const {
  return std::any_of(now.problems.begin(), now.problems.end(),
                     [&](const Error& problem) { return !unlisted_.contains(problem.file()); });
}

void PruneRemoval::remove(DepotItem& item, bool outdated) {
  if (outdated && item.kind == DepotItemKind::image)
    return not_removed(
        item, Error(ErrorKind::conflict, "the depot was changed while it was judged; prune it again"));
  Removal(system_, depot_, nullptr).remove_unfit(item, relative(item), seen_.find(relative(item)));
}

void PruneRemoval::report(const ItemSink& sink) const {
  for (const DepotItem& item : items_) sink(item);
}

// Others can use the depot while it is judged, and what they do then is looked for.
template <typename Look, typename Judge>
void judge_and_remove(const PruneOptions& options, const ItemSink& sink, FileSystem& system,
                      const Folder& depot, Look look, Judge judge) {
  const auto stop = [flag = options.stop] { return flag != nullptr && flag->load(); };
  DepotLock::Options waiting{options.lock_timeout, options.waiting, stop};
  (void)DepotLock(system, depot, waiting);  // where it cannot be had, or is none, nothing begins
  waiting.timeout = std::max(waiting.timeout, kWhileAtWork);
  for (int round = 1;; ++round) {
    const Inventory inventory = look();
    PruneRemoval removal(system, depot, inventory, options.grace);
    bool removed = false;
    try {
      judge(inventory, removal.judged());
      const DepotLock lock(system, depot, waiting);
      removed = removal.remove(round == kMostJudgements);
    } catch (...) {
      removal.report(sink);
      throw;
    }
    if (removed) return removal.report(sink);
  }
}

}  // namespace

void prune(const PruneOptions& options, const ItemSink& sink, FileSystem& inner) {
  LinkedTops system(inner);
  const DepotPlaces places(options.mounts, options.depot, options.depot);
  const ItemSink named = places.naming(sink);
  const auto depot = places.open_from(system);
  const std::vector<Error> refused = system.follow(*depot, places.view(), options.depot);
  const auto look = [&] {
    Inventory inventory = take_inventory(system, *depot, options.grace, options.jobs);
    inventory.explain_refused(refused);
    return inventory;
  };
  const auto judge = [&](const Inventory& inventory, const ItemSink& judged) {
    Judging judging(options, {}, judged, system, places, depot);
    judging.stop = options.stop;
    judge_depot(judging, inventory);
  };
  if (!options.remove) return judge(look(), named);
  judge_and_remove(options, named, system, *depot, look, judge);
}

}  // namespace jireloc::relocating

void jireloc::prune_depot(const PruneOptions& options, const ItemSink& sink) {
  relocating::prune(options, sink, real_file_system());
}
