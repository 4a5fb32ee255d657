// The judgement of a whole depot in its place.
#include <fmt/format.h>

#include <algorithm>

#include "jireloc/alias.hpp"
#include "relocate/compilations.hpp"
#include "relocate/depot_images.hpp"
#include "relocate/depot_trees.hpp"
#include "relocate/image_verdict.hpp"
#include "relocate/judging.hpp"
#include "relocate/layers.hpp"
#include "relocate/step_map.hpp"
#include "relocate/step_view.hpp"

namespace jireloc::relocating {
namespace {

void judge_trees(Judging& judging, DepotItemKind kind, const std::vector<TreeRef>& refs,
                 const ShortSlugs& short_slugs) {
  DepotTrees trees(judging, kind);
  trees.for_each_group<TreeItem>(
      refs,
      [&](TreeItem& tree) {
        const std::vector<Reason> short_slug = short_slugs.judge(*tree.ref, judging.common.rules);
        trees.judge_source(tree, DepotItemStatus::kept);
        // In its place it proves nothing, so nothing is removed for it.
        if (tree.item.status == DepotItemStatus::kept)
          tree.item.warnings.insert(tree.item.warnings.end(), short_slug.begin(), short_slug.end());
      },
      [&](const std::vector<TreeItem>& group) {
        for (const TreeItem& tree : group) trees.report(tree);
      });
}

class ImagesInPlace {
 public:
  ImagesInPlace(Judging& judging, const Inventory& inventory)
      : judging_(judging),
        layers_(judging),
        images_(judging, inventory.images, inventory.problems),
        kept_(judging),
        verdict_(judging, layers_, inventory.problems,
                 {rewrite_options(), true, other_names(judging, images_.graph().recorded())}) {
    layers_.add_images(inventory.images, images_.graph());
    if (judging.spellings != nullptr)
      for (const std::string& name : other_names(judging, images_.graph().recorded()))
        judging.spellings->add(name);
    images_.close();
  }

  void judge() {
    for (const std::vector<size_t>& level : images_.levels()) {
      images_.judge_level(level, [this](size_t image, DepotItem& item, const ImagePair& pair, uint64_t) {
        judge(image, item, pair);
      });
      for_all(judging_.threads, level.size(), [&](size_t i) { spare(level[i]); });
    }
    for (const size_t image : images_.order()) judging_.sink(images_.item(image));
  }

 private:
  // Nothing becomes of them.
  RewriteOptions rewrite_options() const {
    RewriteOptions options;
    options.payload = PayloadMode::header_only;
    options.keep_absent_stdlib = true;
    options.after_view = &kept_;
    options.makes_target = true;
    return options;
  }

  void judge(size_t image, DepotItem& item, const ImagePair& pair) {
    const FileView& view = judging_.places.view();
    const auto plan = verdict_.plan(pair, view, item);
    if (!plan) return;
    auto flaw = verdict_.flaw(pair, *plan, images_.image(image).path, view, &item.warnings);
    if (!flaw) flaw = names_dropped_tree(pair);
    if (flaw && waits_for_alias(*flaw))
      item.reasons = {{Code::alias_broken, flaw->message}};
    else if (flaw)
      return refuse(item, {{*flaw}});
    item.status = DepotItemStatus::kept;
  }

  // Its code goes through the depot's alias, which is gone: a link mends that (see judge_alias), and all that
  // rests on it would have to be compiled again for want of one.
  bool waits_for_alias(const Reason& flaw) const {
    if (flaw.code != Code::constant_would_break || flaw.path.empty()) return false;
    const auto alias = recorded_alias(judging_.places.to_seen(), judging_.places.view(), judging_.system);
    return alias && !alias->problem.empty() && is_path_prefix(alias->path, flaw.path);
  }

  // Where this judgement itself drops what the code names.
  std::optional<Reason> names_dropped_tree(const ImagePair& pair) const {
    if (judging_.unusable_packages.empty() && !judging_.left_behind && judging_.spellings == nullptr)
      return {};
    const std::string& depot = judging_.places.from_seen();
    AuditRules rules;
    rules.depots = {depot};
    rules.before = rules.after = &judging_.places.view();
    rules.list_all = true;
    rules.most_listed = UINT64_MAX;
    PayloadCache cache;
    const PayloadInput input{pair.file, *pair.ji, pair.library.get(), pair.sums.stored_payload_crc, &cache};
    if (judging_.spellings != nullptr)
      for (const std::string& place : infer_old_paths(input)) judging_.spellings->own_name(place);
    const PayloadAudit audit = audit_payload(input, rules, judging_.presences);
    for (const AuditedPath& path : audit.paths) {
      const std::string now = own_name(path.new_path.empty() ? path.path : path.new_path);
      if (path.kind != OccurrenceKind::path_constant || !is_path_prefix(depot, now) ||
          now.size() <= depot.size() + 1)
        continue;
      // A path that was stretched to its place has spare slashes behind the depot's.
      std::string_view tail = std::string_view(now).substr(depot.size());
      tail.remove_prefix(std::min(tail.find_first_not_of('/'), tail.size()));
      const auto dropped = judging_.unusable_packages.find(tree_in_depot(tail));
      if (dropped == judging_.unusable_packages.end()) {
        const std::string why = judging_.left_behind ? judging_.left_behind(tail) : std::string();
        if (why.empty()) continue;
        return Reason{Code::constant_would_break,
                      fmt::format("its code names \"{}\", which {}", path.path, why)};
      }
      if (dropped->second.unknown) throw Error(ErrorKind::io, dropped->second.why, pair.path);
      return Reason{Code::constant_would_break,
                    fmt::format("its code names \"{}\" in {}, which is not kept: {}", path.path,
                                dropped->first, dropped->second.why)};
    }
    return {};
  }

  std::string own_name(const std::string& path) const {
    std::string own = verdict_.own_name(path);
    if (judging_.spellings == nullptr || is_path_prefix(judging_.places.from_seen(), own)) return own;
    return judging_.spellings->own_name(own).value_or(own);
  }

  // What speaks against an image in its place may be that Julia is about to make it. Those that depend on it
  // hear of it in later levels.
  void spare(size_t index) {
    DepotItem& item = images_.item(index);
    if (item.status != DepotItemStatus::dropped || item.reasons.empty()) return;
    try {
      const auto why = work_in_progress(*images_.image(index).ref, item.reasons[0].code);
      if (!why) return;
      item.reasons = {{why->code, fmt::format("{}: {}", why->message, item.reasons[0].message)}};
      item.status = DepotItemStatus::kept;
    } catch (const Error& error) {
      item.reasons.insert(
          item.reasons.begin(),
          {error.kind(), fmt::format("whether somebody compiles in its folder is not known ({}), so it is "
                                     "left alone",
                                     error.what())});
      item.status = DepotItemStatus::failed;
    }
  }

  std::optional<Reason> work_in_progress(const ImageRef& ref, Code flaw) {
    const Compilations compilations(judging_.system, *judging_.from, judging_.common.grace);
    if (auto work = compilations.work_beside(ref.folder)) return work;
    const std::string path = judging_.from->path + "/" + ref.relative();
    const auto info = find_entry(judging_.system, judging_.from->fd(), ref.relative(), path);
    if (flaw == Code::library_absent && info && compilations.is_young(*info))
      return Reason{Code::in_progress, "it is young, and may be somebody's work in progress"};
    return {};
  }

  Judging& judging_;
  const Layers layers_;
  DepotImages images_;
  const KeptView kept_;
  const ImageVerdict verdict_;
};

}  // namespace

void judge_depot(Judging& judging, const Inventory& inventory) {
  const ShortSlugs short_slugs(judging.system, *judging.from, nullptr, inventory);
  judge_trees(judging, DepotItemKind::package, inventory.packages, short_slugs);
  judge_trees(judging, DepotItemKind::artifact, inventory.artifacts, short_slugs);
  ImagesInPlace(judging, inventory).judge();
  judge_alias(judging);
  report_leftovers(judging, inventory);
}

}  // namespace jireloc::relocating
