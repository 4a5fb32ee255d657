// The packages, artifacts and scratch spaces of the depot that is looked at, each judged where it lies.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/groups.hpp"
#include "base/work.hpp"
#include "relocate/judging.hpp"
#include "relocate/short_slugs.hpp"

namespace jireloc::relocating {

struct TreeItem {
  const TreeRef* ref;
  DepotItem item;
  bool holds_more = false;                  // something in it is named .git, and stays where it is
  const ProofCache::Tree* proof = nullptr;  // of what lies in its place; null: nobody asked
};

// For several threads.
class DepotTrees {
 public:
  DepotTrees(Judging& judging, DepotItemKind kind) : judging_(judging), kind_(kind) {}

  // Calls `look` for each, in threads, and `report` for a group of them, in order, on the calling one. What
  // `look` throws is an error of the item's.
  template <typename Item, typename Look, typename Report>
  void for_each_group(const std::vector<TreeRef>& refs, Look look, Report report) {
    constexpr size_t kGroup = 64;  // so many trees wait for one sync of the file system
    std::array<std::vector<Item>, kOpenGroups> open;
    for (std::vector<Item>& items : open) items.resize(std::min(refs.size(), kGroup));
    const auto items_of = [&](size_t i) -> std::vector<Item>& { return open[i / kGroup % kOpenGroups]; };
    const auto look_at = [&](size_t i) {
      judging_.check_stop();
      const ItemWork work;
      Item& item = items_of(i)[i % kGroup];
      begin(item, refs[i]);
      try {
        look(item);
      } catch (const Error& error) {
        give_up(item.item, error);
      }
    };
    const auto report_on = [&](size_t begin, size_t end) {
      std::vector<Item>& items = items_of(begin);
      items.resize(end - begin);
      report(items);
      items = std::vector<Item>(std::min(refs.size(), kGroup));
    };
    for_all_in_groups(judging_.threads, refs.size(), kGroup, look_at, report_on);
  }

  // Says which one an item is about.
  void begin(TreeItem& tree, const TreeRef& ref) const;
  // Judges a tree in its place.
  void judge_source(TreeItem& tree, DepotItemStatus otherwise);
  // Judges what lies in a folder under another name, perhaps, and is to stand for it.
  void judge_at(TreeItem& tree, const std::string& folder, DepotItemStatus otherwise);
  // Reasons on what else a tree that was judged holds.
  void note_outside(TreeItem& tree);
  void settle(TreeItem& tree, std::vector<Reason> reasons, DepotItemStatus otherwise);
  // Passes on an interruption.
  void give_up(DepotItem& item, const Error& error);
  // Says what became of it; images are told where they cannot count on it.
  void report(const TreeItem& tree);

 private:
  std::vector<Reason> judge(const TreeRef& ref, const std::string& folder);
  std::optional<Reason> part_of_overlay(const TreeItem& tree, const std::vector<Reason>& reasons);

  Judging& judging_;
  const DepotItemKind kind_;
};

}  // namespace jireloc::relocating
