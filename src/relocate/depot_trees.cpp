#include "relocate/depot_trees.hpp"

#include <utility>

#include "relocate/judge_tree.hpp"
#include "relocate/overlay_part.hpp"

namespace jireloc::relocating {
namespace {

bool speaks_of_content(Code code) {
  return code == Code::modified_tree || code == Code::unreadable_tree || code == Code::no_uuid ||
         code == Code::unreadable_project;
}

}  // namespace

void DepotTrees::begin(TreeItem& tree, const TreeRef& ref) const {
  tree.ref = &ref;
  tree.item.kind = kind_;
  tree.item.path = judging_.places.from_here() + "/" + ref.relative();
  if (kind_ == DepotItemKind::scratchspace)
    tree.item.warnings.push_back({Code::unproven_scratchspace, "nothing proves what a scratch space holds"});
}

std::vector<Reason> DepotTrees::judge(const TreeRef& ref, const std::string& folder) {
  if (kind_ == DepotItemKind::scratchspace) return {};
  if (kind_ == DepotItemKind::artifact) return judge_artifact(folder, ref.name, judging_.proofs);
  const std::string package = ref.folder.substr(ref.folder.rfind('/') + 1);
  return judge_package(folder, package, ref.name, judging_.common.rules, judging_.proofs);
}

void DepotTrees::settle(TreeItem& tree, std::vector<Reason> reasons, DepotItemStatus otherwise) {
  tree.item.status = reasons.empty() ? otherwise : DepotItemStatus::dropped;
  tree.item.reasons = std::move(reasons);
}

void DepotTrees::judge_source(TreeItem& tree, DepotItemStatus otherwise) {
  std::vector<Reason> reasons = judge(*tree.ref, tree.item.path);
  if (auto part = part_of_overlay(tree, reasons)) {
    tree.item.reasons = {std::move(*part)};
    tree.item.status = judging_.beyond_us;
    return;
  }
  settle(tree, std::move(reasons), otherwise);
  if (tree.item.status != DepotItemStatus::dropped) note_outside(tree);
}

void DepotTrees::judge_at(TreeItem& tree, const std::string& folder, DepotItemStatus otherwise) {
  settle(tree, judge(*tree.ref, folder), otherwise);
}

// A folder of an overlay's upper layer may hold less than the overlay shows in it. What a hash does not
// prove is looked at before it is taken, the rest only where it was refused.
std::optional<Reason> DepotTrees::part_of_overlay(const TreeItem& tree, const std::vector<Reason>& reasons) {
  const bool unproven = kind_ == DepotItemKind::scratchspace && reasons.empty();
  if (!unproven && (reasons.empty() || !speaks_of_content(reasons[0].code))) return {};
  const auto folder = open_folder_in(judging_.system, *judging_.from, tree.ref->relative());
  return overlay_part(judging_.system, *folder, {.most_entries = judging_.limits.most_entries});
}

void DepotTrees::note_outside(TreeItem& tree) {
  if (kind_ == DepotItemKind::scratchspace) return;  // no git tree
  tree.proof = &judging_.proofs.tree(tree.item.path);
  for (Reason& remark : outside_of_tree(*tree.proof)) tree.item.warnings.push_back(std::move(remark));
  tree.holds_more = !tree.proof->hash || tree.proof->hash->outside.git;
}

void DepotTrees::give_up(DepotItem& item, const Error& error) {
  if (error.kind() == ErrorKind::interrupted) throw Error(error);
  item.status = judging_.status_for(error);
  item.reasons.push_back(error.retold(error.what()));
  item.target.clear();
  item.bytes = 0;
}

void DepotTrees::report(const TreeItem& tree) {
  const DepotItem& item = tree.item;
  if (!usable(item.status))
    judging_.unusable_packages[tree.ref->relative()] = {
        item.reasons.empty() ? std::string(name(item.status)) : item.reasons[0].message,
        item.status == DepotItemStatus::failed, root_cause(item)};
  judging_.sink(item);
}

}  // namespace jireloc::relocating
