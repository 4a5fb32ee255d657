#include "jireloc/batch_rewrite.hpp"

#include <fcntl.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/work.hpp"
#include "rewrite/batch_work.hpp"
#include "rewrite/outcome.hpp"

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

BatchRewriter::Work::Work(BatchOptions options, const FileView& view, FileSystem& system)
    : options_(std::move(options)),
      rewrite_(options_.rewrite),
      view_(view),
      system_(system),
      output_(output_folder(options_, system)),
      batch_(options_.durability, system) {
  rewrite_.presences = &presences_;
  rewrite_.grown = options_.in_order ? &grown_ : nullptr;
}

std::shared_ptr<RewriteOutcome> BatchRewriter::Work::rewrite(OpenedImage image, const std::string& path,
                                                             const std::string& output, uint64_t number) {
  auto outcome = std::make_shared<RewriteOutcome>();
  outcome->path = path;
  Deferred item{outcome, image.place, {}, number};
  if (output_) {
    item.target = {output_, output};
    outcome->target = joined_path(output_->path(), output);
    item.has_rival = !places_.take_at_once(output, number);
  }
  work(std::move(item), std::move(image), nullptr, {});
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
    if (writes && item.has_rival) return put_off(rivals_, std::move(item));
    if (writes && group == nullptr && has_several_names(image, plan)) {
      put_off(linked_, std::move(item));
      const std::lock_guard lock(mutex_);
      links_.add(image.path, stat_of(*image.ji));
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

BatchRewriter::BatchRewriter(BatchOptions options, const FileView& view, FileSystem& system)
    : work_(std::make_unique<Work>(std::move(options), view, system)) {}
BatchRewriter::~BatchRewriter() = default;

void BatchRewriter::heed_outside(const OrderedImages& images) {
  work_->heed_outside(images);
}
void BatchRewriter::announce(const std::string& output, uint64_t number) {
  work_->announce(output, number);
}
std::shared_ptr<RewriteOutcome> BatchRewriter::rewrite(OpenedImage image, const std::string& path,
                                                       const std::string& output, uint64_t number) {
  return work_->rewrite(std::move(image), path, output, number);
}
void BatchRewriter::finish() {
  work_->finish();
}

}  // namespace jireloc
