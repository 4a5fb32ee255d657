#include "rewrite/batch_rewrite.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/work.hpp"

namespace jireloc::rewriting {
namespace {

Reason reason_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.reason();
  } catch (const std::bad_alloc&) {
    return {ErrorKind::too_large, "more memory would be needed than there is"};
  } catch (const std::exception& error) {
    return {Code::io, error.what()};
  }
}

void fail(Outcome& outcome, const std::exception_ptr& failure) {
  outcome.status = RewriteStatus::failed;
  outcome.reasons.push_back(reason_of(failure));
  outcome.bytes_written = 0;
}

bool has_several_names(const ImagePair& image, const RewritePlan& plan) {
  return stat_of(*image.ji).st_nlink > 1 ||
         (image.library && plan.payload.changes_library() && stat_of(*image.library).st_nlink > 1);
}

// Folders of further names, each opened once: a file may have any number of names in a folder.
class OpenFolders {
 public:
  OpenFolders(std::shared_ptr<Folder> folder, const std::string& file) {
    open_.emplace(split_path(file).folder, std::move(folder));
  }
  template <typename Open>
  std::shared_ptr<Folder> get(const std::string& file, Open open) {
    auto [entry, is_new] = open_.try_emplace(split_path(file).folder);
    if (is_new) entry->second = open();
    return entry->second;
  }

 private:
  std::map<std::string, std::shared_ptr<Folder>> open_;
};

// In place, the old identity would be gone.
void leave_what_others_need(const ImagePair& image, const OutsideNeeds& outside, RewritePlan& plan) {
  if (!plan.payload.growth || !plan.payload.growth->checksum || plan.status != RewriteStatus::rewritten)
    return;
  const std::vector<std::string> dependents = outside.who_needs(image.file);
  if (dependents.empty()) return;
  plan.status = RewriteStatus::skipped;
  plan.payload.growth.reset();
  plan.reasons.push_back({Code::dependent_outside,
                          fmt::format("its texts would grow under a new build id, and what asks for the "
                                      "old one is not given: {}; give that too",
                                      some_of(dependents)),
                          {},
                          fix::Choose{Setting::alias}});
}

PayloadReport report_of(const RewritePlan& plan) {
  PayloadReport report;
  report.looked_into =
      !plan.payload.scan.paths.empty() || std::any_of(plan.audit.outcomes.begin(), plan.audit.outcomes.end(),
                                                      [](uint64_t count) { return count != 0; });
  report.action = plan.payload_action;
  report.summary = plan.payload.scan.summary;
  report.found = plan.payload.scan.counts();
  report.paths = plan.audit.outcomes;
  report.former = plan.audit.former;
  if (const auto& growth = plan.payload.growth) {
    report.grown_names = growth->names;
    report.grown_constants = growth->constants;
    report.dropped_code = growth->dropped_code;
    report.payload_size = growth->old_payload_size;
    report.grown_payload_size = growth->payload_size;
    report.new_identity = growth->checksum.has_value();
  }
  report.free_bits = plan.payload.free_bits;
  report.rank = plan.payload.rank;
  const bool relocates = plan.payload.changes_anything();
  if (relocates) report.replaced = plan.payload.replaced;
  for (const Occurrence& occurrence : plan.payload.scan.occurrences) {
    if (occurrence.match == Match::other_path || occurrence.stays || (relocates && occurrence.left.empty()))
      continue;
    if (++report.residue_count > kMostResidue) continue;
    Occurrence& kept = report.residue.emplace_back(occurrence);
    if (kept.text.size() > 256) kept.text.resize(256);
  }
  return report;
}

void note_mappings(const RewritePlan& plan, std::vector<PathMapping>& used, const PathMap& map) {
  used = plan.mappings_used;
  std::set<std::string_view> in_payload;
  for (const Occurrence& occurrence : plan.payload.scan.occurrences)
    if (occurrence.match == Match::path) in_payload.insert(occurrence.path);
  for (const PathMapping& mapping : map.mappings()) {
    if (in_payload.contains(mapping.from) && std::find(used.begin(), used.end(), mapping) == used.end())
      used.push_back(mapping);
  }
}

BatchOptions with_presences(BatchOptions options, PresenceCache& presences) {
  options.rewrite.presences = &presences;
  return options;
}

// What the report needs of the plan; its patches and texts can be large and are done with.
void keep_report(Outcome& outcome, const RewritePlan& plan, const PathMap& map) {
  outcome.status = plan.status;
  outcome.reasons = plan.reasons;
  outcome.warnings = plan.warnings;
  outcome.paths_changed = plan.paths_changed;
  outcome.mtimes_changed = plan.mtimes_changed;
  outcome.sources_proven = plan.sources_proven;
  outcome.sources_unproven = plan.sources_unproven;
  outcome.sources_absent = plan.sources_absent;
  outcome.payload = report_of(plan);
  note_mappings(plan, outcome.mappings_used, map);
}

}  // namespace

BatchRewriter::BatchRewriter(BatchOptions options, const FileView& view, FileSystem& system)
    : options_(with_set(with_presences(std::move(options), presences_))),
      view_(view),
      system_(system),
      batch_(options_.durability, system) {}

BatchOptions BatchRewriter::with_set(BatchOptions options) const {
  options.rewrite.grown = options.in_order ? &grown_ : nullptr;
  return options;
}

std::shared_ptr<Outcome> BatchRewriter::rewrite(OpenImage image, const std::string& path, Place target) {
  auto outcome = std::make_shared<Outcome>();
  outcome->path = path;
  if (target) outcome->target = joined_path(target.top->path(), target.below);
  Place place = image.place;
  work({outcome, std::move(place), std::move(target)}, std::move(image), nullptr, {});
  return outcome;
}

// The native library is replaced as well as the .ji: its own names must all be among the inputs' libraries.
void BatchRewriter::require_no_library_links_outside(const ImagePair& image, const Members& members) const {
  const struct stat own = stat_of(*image.library);
  HardLinks libraries;
  for (const Deferred* member : members) {
    const std::string path = native_library_path(member->real_path, image.file.prefix);
    const auto folder = open_folder_of(member->place);
    const auto info = find_entry(system_, folder->fd(), split_path(path).name, path);
    if (info && is_same_file(*info, own)) libraries.add(path, *info);
  }
  if (const LinkGroup* names = libraries.find(own)) require_no_links_outside(*names, options_.break_links);
}

// Where the image goes; `folder` is the open one that it comes from.
Target BatchRewriter::target_of(const Deferred& item, const ImagePair& image,
                                const std::shared_ptr<Folder>& folder) const {
  Target target;
  if (!item.target) {
    target.ji = image.path;
    target.folder = folder;
    return target;
  }
  target.ji = item.outcome->target;
  target.keep.elsewhere = true;
  target.folder = make_folder_of(item.target);
  if (options_.link_libraries) target.link_library_from = folder;
  return target;
}

void BatchRewriter::work(Deferred item, OpenImage open, const LinkGroup* group, const Members& members) {
  const ItemWork counted;
  const MemoryShare share(memory_, 4);
  const uint64_t largest = share.largest_in_memory();
  const std::shared_ptr<Outcome> outcome = item.outcome;
  try {
    if (!open.folder) open.folder = open_folder_of(item.place);
    if (!open.source) open.source = open_file_in(system_, *open.folder, item.place.name());
    item.real_path = joined_path(open.folder->path, item.place.name());
    const ImagePair image =
        read_image(load(std::move(open.source), largest), item.real_path, [&](const std::string& library) {
          return load(open_file_in(system_, *open.folder, split_path(library).name), largest);
        });
    RewritePlan plan = plan_rewrite(image, options_.rewrite, view_, proofs_);
    const bool in_place = !item.target;
    if (in_place) leave_what_others_need(image, options_.outside, plan);
    if (plan.payload.growth && plan.status == RewriteStatus::rewritten)
      grown_.add(image.file, *plan.payload.growth);
    const bool changes = plan.status == RewriteStatus::rewritten;
    // Elsewhere an unchanged image is written too: the tree there shall be complete.
    const bool writes = changes || (!in_place && plan.status == RewriteStatus::unchanged);
    if (writes && group == nullptr && has_several_names(image, plan)) {
      const std::lock_guard lock(mutex_);
      links_.add(image.path, stat_of(*image.ji));
      deferred_.push_back(std::make_unique<Deferred>(std::move(item)));
      return;
    }
    if (group != nullptr && in_place && writes) {
      require_no_links_outside(*group, options_.break_links);
      if (plan.payload.changes_library()) require_no_library_links_outside(image, members);
    }
    if (!writes || options_.dry_run) {
      keep_report(*outcome, plan, options_.rewrite.map);
      outcome->settled = true;
      return;
    }
    Transaction transaction(system_);
    const Target where = target_of(item, image, open.folder);
    const Prepared prepared = prepare(image, plan, where, transaction);
    outcome->bytes_written = prepared.bytes;
    std::vector<std::shared_ptr<Outcome>> linked;
    OpenFolders folders(where.folder, where.ji);
    std::set<std::string> done{where.ji};
    for (const Deferred* other : members) {
      if (other->outcome == outcome) continue;
      linked.push_back(other->outcome);
      Target name = where;
      name.ji = in_place ? other->real_path : other->outcome->target;
      if (!done.insert(name.ji).second) continue;  // the same file given twice
      name.folder = folders.get(
          name.ji, [&] { return in_place ? open_folder_of(other->place) : make_folder_of(other->target); });
      link_names(prepared, image, name, in_place, transaction);
    }
    if (in_place) outcome->target = outcome->path;
    keep_report(*outcome, plan, options_.rewrite.map);
    commit(outcome, std::move(linked), std::move(transaction));
  } catch (...) {
    fail(*outcome, std::current_exception());
    outcome->settled = true;
  }
}

void BatchRewriter::commit(const std::shared_ptr<Outcome>& outcome,
                           std::vector<std::shared_ptr<Outcome>> linked, Transaction transaction) {
  batch_.add(std::move(transaction), [outcome, linked = std::move(linked)](
                                         const Transaction& done, const std::exception_ptr& failure) {
    if (failure) fail(*outcome, failure);
    for (const Note& note : done.notes())
      outcome->warnings.push_back({Code::metadata, note.file + ": " + note.message});
    for (const auto& other : linked) {
      other->status = outcome->status;
      other->reasons = outcome->reasons;
      if (other->target.empty()) other->target = other->path;
      other->settled = true;
    }
    outcome->settled = true;
  });
}

void BatchRewriter::finish() {
  const auto deferred = std::move(deferred_);
  std::map<std::string_view, Members> by_path;  // a file given twice is deferred twice
  for (const auto& candidate : deferred) by_path[candidate->real_path].push_back(candidate.get());
  for (const LinkGroup& group : links_.groups()) {
    Members members;
    for (const std::string& name : group.names)
      members.insert(members.end(), by_path[name].begin(), by_path[name].end());
    if (members.empty()) continue;
    const std::shared_ptr<Outcome> first = members[0]->outcome;
    work(*members[0], {}, &group, members);
    if (!first->settled) continue;  // in its group commit, which settles the others too
    for (const Deferred* other : members) {
      if (other->outcome->settled) continue;
      other->outcome->status = first->status;
      other->outcome->reasons = first->reasons;
      other->outcome->settled = true;
    }
  }
  batch_.finish();
}

}  // namespace jireloc::rewriting
