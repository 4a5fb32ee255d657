// The removing half of prune_depot: what a judgement without the lock has dropped goes, if it still may.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "jireloc/relocate.hpp"
#include "relocate/sightings.hpp"

namespace jireloc::relocating {

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

}  // namespace jireloc::relocating
