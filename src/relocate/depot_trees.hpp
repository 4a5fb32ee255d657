// The packages, artifacts and scratch spaces of the depot that is looked at, each judged where it lies.
#pragma once

#include <string>
#include <vector>

#include "base/work.hpp"
#include "relocate/judging.hpp"
#include "relocate/short_slugs.hpp"

namespace jireloc::relocating {

struct TreeItem {
  const TreeRef* ref;
  DepotItem item;
  bool holds_more = false;  // something in it is named .git, and stays where it is
};

// For several threads.
class DepotTrees {
 public:
  DepotTrees(Judging& judging, DepotItemKind kind) : judging_(judging), kind_(kind) {}

  // Calls `look` for each of a group, in threads, then `report` for the group. What `look` throws is an
  // error of the item's.
  template <typename Item, typename Look, typename Report>
  void for_each_group(const std::vector<TreeRef>& refs, Look look, Report report) {
    constexpr size_t kGroup = 64;  // so many trees wait for one sync of the file system
    for (size_t begin = 0; begin < refs.size(); begin += kGroup) {
      judging_.check_stop();
      std::vector<Item> items(std::min(refs.size() - begin, kGroup));
      for (size_t i = 0; i < items.size(); ++i) begin_item(items[i], refs[begin + i]);
      for_all(judging_.threads, items.size(), [&](size_t i) {
        const ItemWork work;
        try {
          look(items[i]);
        } catch (const Error& error) {
          give_up(items[i].item, error);
        }
      });
      report(items);
    }
  }

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
  void begin_item(TreeItem& tree, const TreeRef& ref);
  std::vector<Reason> judge(const TreeRef& ref, const std::string& folder);
  std::optional<Reason> part_of_overlay(const TreeItem& tree, const std::vector<Reason>& reasons);

  Judging& judging_;
  const DepotItemKind kind_;
};

}  // namespace jireloc::relocating
