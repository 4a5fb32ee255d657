#include "relocate/prune_removal.hpp"

#include <algorithm>
#include <set>

#include "relocate/compilations.hpp"
#include "relocate/removal.hpp"

namespace jireloc::relocating {
namespace {

// Since an image was judged, somebody may have begun to compile in its folder: then it is left alone.
bool is_compiled_now(FileSystem& system, const Folder& depot, std::chrono::seconds grace, DepotItem& item) {
  if (item.kind != DepotItemKind::image || item.status != DepotItemStatus::dropped) return false;
  try {
    const std::string folder = item.path.substr(depot.path.size() + 1);
    const Compilations compilations(system, depot, grace);
    const auto who = compilations.at_work_in(folder.substr(0, folder.rfind('/')));
    if (!who) return false;
    item.reasons.insert(item.reasons.begin(),
                        {"being_compiled", *who + " compiles in its folder, so it is left alone"});
  } catch (const Error& error) {
    item.reasons.insert(item.reasons.begin(), {std::string(code(error.kind())), error.what()});
    item.status = DepotItemStatus::failed;  // who compiles there is not known
    return true;
  }
  item.status = DepotItemStatus::kept;
  return true;
}

}  // namespace

bool PruneRemoval::remove(bool anyway) {
  const Inventory now = take_inventory(system_, depot_, grace_);
  const bool outdated = hides_more(now) || seen_.is_outdated(system_, depot_, now);
  if (outdated && !anyway) return false;
  std::set<std::string> leftovers;
  for (const LeftoverRef& leftover : now.leftovers)
    if (!leftover.in_progress) leftovers.insert(leftover.relative());
  for (DepotItem& item : items_) {
    const bool is_leftover = item.kind == DepotItemKind::leftover;
    if (item.status == DepotItemStatus::kept || is_compiled_now(system_, depot_, grace_, item)) continue;
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

// Says in the item how that went: one thing that cannot be removed never ends a run.
void PruneRemoval::remove(DepotItem& item, bool outdated) {
  try {
    if (outdated && item.kind == DepotItemKind::image)
      throw Error(ErrorKind::conflict, "the depot was changed while it was judged; prune it again");
    Removal(system_, depot_, nullptr).remove_unfit(relative(item), item.kind, seen_.find(relative(item)));
    item.removed = true;
  } catch (const Error& error) {
    item.status = DepotItemStatus::failed;
    item.reasons.push_back({std::string(code(error.kind())), "not removed: " + error.message()});
  }
}

void PruneRemoval::report(const ItemSink& sink) const {
  for (const DepotItem& item : items_) sink(item);
}

}  // namespace jireloc::relocating
