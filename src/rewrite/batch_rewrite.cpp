#include "jireloc/batch_rewrite.hpp"

#include <fcntl.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "base/work.hpp"
#include "bytes/batch.hpp"
#include "bytes/hard_links.hpp"
#include "bytes/place.hpp"
#include "jireloc/grown_set.hpp"
#include "rewrite/execute.hpp"
#include "rewrite/memory_share.hpp"
#include "rewrite/outcome.hpp"
#include "rewrite/outside_needs.hpp"

namespace jireloc {

using namespace rewriting;

namespace {

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

// Null where there is none.
std::shared_ptr<GivenFolder> output_folder(const BatchOptions& options, FileSystem& system) {
  const std::string& path = options.output_folder;
  if (path.empty()) return nullptr;
  for (size_t at = 1; !options.dry_run && at < path.size();) {
    at = std::min(path.find('/', at), path.size());
    const std::string folder = path.substr(0, at++);
    const int made = retried([&] { return system.make_folder(AT_FDCWD, folder.c_str(), 0777); });
    if (made != -EEXIST && !file_status(folder).is_directory()) checked(made, "mkdir", folder);
  }
  return std::make_shared<GivenFolder>(path, system);
}

}  // namespace

class BatchRewriter::Work {
 public:
  Work(BatchOptions options, const FileView& view, FileSystem& system)
      : options_(std::move(options)),
        rewrite_(options_.rewrite),
        view_(view),
        system_(system),
        output_(output_folder(options_, system)),
        batch_(options_.durability, system) {
    rewrite_.presences = &presences_;
    rewrite_.grown = options_.in_order ? &grown_ : nullptr;
  }
  void heed_outside(const OrderedImages& images) {
    read_outside_needs(images, options_.rewrite.depots, view_, outside_);
  }
  std::shared_ptr<RewriteOutcome> rewrite(OpenedImage image, const std::string& path,
                                          const std::string& output, uint64_t number);
  void finish();

 private:
  struct Deferred {
    std::shared_ptr<RewriteOutcome> outcome;
    Place place, target;         // target: nowhere in place
    uint64_t number;             // of the input
    std::string real_path = {};  // of the .ji
  };
  using Members = std::vector<const Deferred*>;  // names of one file, the one to be worked on first
  Place place_below(const std::string& output);
  void work(Deferred item, OpenedImage open, const LinkGroup* group, const Members& members);
  Target target_of(const Deferred& item, const ImagePair& image, const std::shared_ptr<Folder>& folder);
  void require_no_library_links_outside(const ImagePair& image, const Members& members) const;
  void commit(const std::shared_ptr<RewriteOutcome>& outcome,
              std::vector<std::shared_ptr<RewriteOutcome>> linked, Transaction transaction);

  PresenceCache presences_;
  GrownSet grown_;
  OutsideNeeds outside_;
  const BatchOptions options_;
  RewriteOptions rewrite_;  // those, with what is known of the batch
  const FileView& view_;
  FileSystem& system_;
  const std::shared_ptr<GivenFolder> output_;
  FolderMaker output_folders_;
  ProofCache proofs_;
  Batch batch_;
  MemoryBudget memory_;
  std::mutex mutex_;  // of what follows
  HardLinks links_;
  std::vector<std::unique_ptr<Deferred>> deferred_;
  std::set<std::string> taken_;  // below the output folder
};

Place BatchRewriter::Work::place_below(const std::string& output) {
  if (!output_) return {};
  const std::lock_guard lock(mutex_);
  if (!taken_.insert(output).second)
    throw Error(ErrorKind::conflict,
                "another input goes to the same place, " + joined_path(output_->path(), output));
  return {output_, output};
}

std::shared_ptr<RewriteOutcome> BatchRewriter::Work::rewrite(OpenedImage image, const std::string& path,
                                                             const std::string& output, uint64_t number) {
  auto outcome = std::make_shared<RewriteOutcome>();
  outcome->path = path;
  Place target = place_below(output);
  if (target) outcome->target = joined_path(target.top->path(), target.below);
  Place place = image.place;
  work({outcome, std::move(place), std::move(target), number}, std::move(image), nullptr, {});
  return outcome;
}

// The native library is replaced as well as the .ji: its own names must all be among the inputs' libraries.
void BatchRewriter::Work::require_no_library_links_outside(const ImagePair& image,
                                                           const Members& members) const {
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
Target BatchRewriter::Work::target_of(const Deferred& item, const ImagePair& image,
                                      const std::shared_ptr<Folder>& folder) {
  Target target;
  target.read_back = options_.durability != Durability::none;
  if (!item.target) {
    target.ji = image.path;
    target.folder = folder;
    return target;
  }
  target.ji = item.outcome->target;
  target.keep.elsewhere = true;
  target.folder = output_folders_.folder_of(item.target);
  if (options_.link_libraries) target.link_library_from = folder;
  return target;
}

void BatchRewriter::Work::work(Deferred item, OpenedImage open, const LinkGroup* group,
                               const Members& members) {
  const ItemWork counted;
  const MemoryShare share(memory_, 4);
  const uint64_t largest = share.largest_in_memory();
  const std::shared_ptr<RewriteOutcome> outcome = item.outcome;
  try {
    if (!open.folder) open.folder = open_folder_of(item.place);
    if (!open.source) open.source = open_file_in(system_, *open.folder, item.place.name());
    item.real_path = joined_path(open.folder->path, item.place.name());
    const ImagePair image =
        read_image(load(std::move(open.source), largest), item.real_path, [&](const std::string& library) {
          return load(open_file_in(system_, *open.folder, split_path(library).name), largest);
        });
    RewritePlan plan = plan_rewrite(image, rewrite_, view_, proofs_);
    const bool in_place = !item.target;
    if (in_place) leave_what_others_need(image, outside_, plan);
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
    std::vector<std::shared_ptr<RewriteOutcome>> linked;
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

void BatchRewriter::Work::commit(const std::shared_ptr<RewriteOutcome>& outcome,
                                 std::vector<std::shared_ptr<RewriteOutcome>> linked,
                                 Transaction transaction) {
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

void BatchRewriter::Work::finish() {
  auto deferred = std::move(deferred_);
  // Threads put them off in any order.
  std::ranges::stable_sort(deferred, {}, [](const auto& item) { return item->number; });
  std::map<std::string_view, Members> by_path;  // a file given twice is deferred twice
  for (const auto& candidate : deferred) by_path[candidate->real_path].push_back(candidate.get());
  for (LinkGroup group : links_.groups()) {
    Members members;
    for (const std::string& name : group.names)
      members.insert(members.end(), by_path[name].begin(), by_path[name].end());
    if (members.empty()) continue;
    std::ranges::stable_sort(members, {}, &Deferred::number);
    std::ranges::stable_sort(group.names, {},
                             [&](const std::string& name) { return by_path[name][0]->number; });
    const std::shared_ptr<RewriteOutcome> first = members[0]->outcome;
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

BatchRewriter::BatchRewriter(BatchOptions options, const FileView& view, FileSystem& system)
    : work_(std::make_unique<Work>(std::move(options), view, system)) {}
BatchRewriter::~BatchRewriter() = default;

void BatchRewriter::heed_outside(const OrderedImages& images) {
  work_->heed_outside(images);
}
std::shared_ptr<RewriteOutcome> BatchRewriter::rewrite(OpenedImage image, const std::string& path,
                                                       const std::string& output, uint64_t number) {
  return work_->rewrite(std::move(image), path, output, number);
}
void BatchRewriter::finish() {
  work_->finish();
}

}  // namespace jireloc
