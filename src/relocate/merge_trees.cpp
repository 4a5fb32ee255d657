// Packages and artifacts: staged beside their place, judged there, published when whole.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

#include "bytes/overlay.hpp"
#include "bytes/tree_walk.hpp"
#include "relocate/depot_trees.hpp"
#include "relocate/judge_tree.hpp"
#include "relocate/overlay_part.hpp"
#include "relocate/proven.hpp"
#include "relocate/proven_trees.hpp"
#include "relocate/run.hpp"
#include "relocate/short_slugs.hpp"
#include "relocate/tree_compare.hpp"
#include "relocate/tree_copy.hpp"

namespace jireloc::relocating {
namespace {

// --stamp: one time for every file of a staged tree, so that depots can be made again byte for byte.
struct Stamper {
  FileSystem& system;
  timespec time;
  void folder(int, const std::string&) {}
  void git(const std::string&, mode_t) {}
  void entry(int folder_fd, const std::string& relative, const std::string& name, mode_t) {
    const timespec times[2] = {time, time};
    checked(retried([&] { return system.set_times_at(folder_fd, name.c_str(), times, AT_SYMLINK_NOFOLLOW); }),
            "utimensat", join_path(relative, name));
  }
};

struct TreeJob : TreeItem {
  std::optional<StagedTree> staged;
  bool other_shard = false;
  bool is_adopted = false;
};

class TreeMerger {
 public:
  TreeMerger(Run& run, DepotItemKind kind, const ShortSlugs& short_slugs)
      : run_(run), kind_(kind), trees_(run, kind), short_slugs_(short_slugs) {}

  void merge(const std::vector<TreeRef>& refs) {
    const std::vector<char> known = known_trees(run_, kind_, refs, short_slugs_);
    std::vector<TreeRef> others;
    for (size_t i = 0; i < refs.size(); ++i)
      if (known[i] == 0) others.push_back(refs[i]);
    size_t told = 0;
    const auto tell_known = [&] {
      for (; told < refs.size() && known[told] != 0; ++told) report_known(refs[told]);
    };
    trees_.for_each_group<TreeJob>(
        others, [&](TreeJob& job) { attempt(job, [&] { stage(job); }); },
        [&](std::vector<TreeJob>& jobs) {
          publish(jobs);
          for (TreeJob& job : jobs) {
            tell_known();
            report(job);
            ++told;
          }
          const std::lock_guard lock(folders_mutex_);
          folders_.clear();  // a process may have few files open
        });
    tell_known();
  }

 private:
  template <typename Step>
  void attempt(TreeJob& job, Step step) {
    try {
      step();
    } catch (const Error& error) {
      trees_.give_up(job.item, error);
      job.staged.reset();
    }
  }

  void stage(TreeJob& job) {
    const std::string target = run_.places.to_here() + "/" + job.ref->relative();
    if (!in_shard(job)) {
      job.other_shard = true;
      return;
    }
    if (run_.to && is_at_target(job)) return compare(job, target);
    judge_source(job, DepotItemStatus::merged);
    if (!run_.writes() || job.item.status != DepotItemStatus::merged) return;
    job.item.target = target;
    if (may_adopt(job))
      adopt(job);
    else
      copy_and_judge(job);
  }

  void copy_and_judge(TreeJob& job) {
    copy(job);
    job.is_adopted = false;
    trees_.judge_at(job, job.staged->path(), DepotItemStatus::merged);
    job.item.bytes = job.staged->figures().bytes;
    if (job.item.status != DepotItemStatus::dropped) return;
    job.item.target.clear();
    job.item.bytes = 0;
    job.staged.reset();
  }

  // Whether the judged tree itself may take its place, since a copy would be no other: nobody else can have
  // changed it, and what is made there inherits nothing from its parent.
  bool may_adopt(const TreeJob& job) {
    const RelocateOptions& options = run_.options;
    if (!run_.is_staged || options.owner || options.stamp || options.move ||
        options.durability == Durability::full || kind_ == DepotItemKind::scratchspace)
      return false;
    if (job.proof == nullptr || !job.proof->hash || job.proof->hash->outside.count != 0) return false;
    const auto parent = parent_at_target(job);
    const struct stat info = stat_of(run_.system, parent->fd(), parent->path);
    if ((info.st_mode & S_ISGID) != 0 || has_default_access_list(parent->path) ||
        has_default_access_list(job.item.path))
      return false;
    const auto own = find_entry(run_.system, AT_FDCWD, job.item.path, job.item.path);
    return own && (own->st_mode & 07777) == options.folder_mode && own->st_gid == ::getegid() &&
           file_mode_in(run_, info) == options.file_mode && folder_mode_in(run_, info) == options.folder_mode;
  }

  static bool has_default_access_list(const std::string& folder) {
    return ::lgetxattr(folder.c_str(), "system.posix_acl_default", nullptr, 0) >= 0;
  }

  void adopt(TreeJob& job) {
    job.item.bytes = job.proof->hash->bytes;
    job.staged.emplace(adopt_tree(run_.system, open_folder_in(run_.system, *run_.from, job.ref->folder),
                                  parent_at_target(job), job.ref->name));
    job.is_adopted = true;
  }

  // Where there is a mount in between, which a rename does not cross.
  void copy_after_all(TreeJob& job) {
    copy_and_judge(job);
    if (job.staged && run_.options.durability == Durability::batch)
      checked(retried([&] { return run_.system.sync_file_system(job.staged->parent()->fd()); }), "syncfs",
              job.staged->parent()->path);
  }

  // Where it lies, before anything of it is copied: what must not be cached takes no space. Its owner may
  // change it meanwhile, so the copy is judged again.
  void judge_source(TreeJob& job, DepotItemStatus otherwise) {
    std::vector<Reason> short_slug = short_slugs_.judge(*job.ref, run_.options.rules);
    if (!short_slug.empty()) return trees_.settle(job, std::move(short_slug), otherwise);
    trees_.judge_source(job, otherwise);
  }

  void copy(TreeJob& job) {
    TreeCopyOptions copy;
    copy.owner = run_.options.owner;
    // The source keeps its times; and nothing of it goes while its file is the one at the target.
    copy.hard_links = run_.options.hard_links && !run_.options.stamp && !run_.options.move;
    copy.sync = run_.options.durability == Durability::full;
    copy.most_entries = run_.options.limits.most_entries;
    copy.most_bytes = run_.options.limits.most_bytes;
    copy.stop = run_.options.stop;
    copy.whole = kind_ == DepotItemKind::scratchspace;
    const auto target_parent = parent_at_target(job);
    copy.file_mode = file_mode_in(run_, *target_parent);
    copy.folder_mode = folder_mode_in(run_, *target_parent);
    const auto source_parent = open_folder_in(run_.system, *run_.from, job.ref->folder);
    job.staged.emplace(
        copy_tree(run_.system, *source_parent, job.ref->name, target_parent, job.ref->name, copy));
    if (!run_.options.stamp) return;
    Stamper stamper{run_.system, {static_cast<time_t>(*run_.options.stamp), 0}};
    walk_tree(run_.system, *open_folder(run_.system, job.staged->path()), {.whole = copy.whole}, stamper);
  }

  bool is_at_target(const TreeJob& job) {
    try {
      const auto parent = open_folder_in(run_.system, *run_.to, job.ref->folder);
      return find_entry(run_.system, parent->fd(), job.ref->name, parent->path).has_value();
    } catch (const Error& error) {
      if (error.system_errno() == ENOENT) return false;
      throw;
    }
  }

  // What is there is never overwritten: the same is kept, anything else is a conflict, unless ours is unfit
  // anyway.
  void compare(TreeJob& job, const std::string& target) {
    if (!is_recorded(run_, kind_, *job.ref, short_slugs_)) return judge_both(job, target);
    TreeSight sight = run_.proven->look_at_tree(job.ref->relative());
    judge_both(job, target);
    if (job.item.status == DepotItemStatus::already_there && is_same_tree(job.item.path, target))
      run_.proven->add(std::move(sight));
  }

  void report_known(const TreeRef& tree) {
    TreeItem known;
    trees_.begin(known, tree);
    known.item.status = DepotItemStatus::already_there;
    known.item.target = run_.places.to_here() + "/" + tree.relative();
    trees_.report(known);
  }

  void judge_both(TreeJob& job, const std::string& target) {
    if (is_left_by_killed_move(job) || is_upper_part(job)) {
      trees_.note_outside(job);
      trees_.judge_at(job, target, DepotItemStatus::already_there);
      if (job.item.status == DepotItemStatus::already_there) job.item.target = target;
      return;
    }
    judge_source(job, DepotItemStatus::already_there);
    if (job.item.status == DepotItemStatus::dropped) return;
    if (is_same_tree(job.item.path, target)) {
      job.item.target = target;
    } else {
      const auto ours = open_folder_in(run_.system, *run_.from, job.ref->relative());
      settle_beside(job, *ours, target);
    }
    if (job.item.status == DepotItemStatus::already_there)
      trees_.judge_at(job, target, DepotItemStatus::already_there);
  }

  // By their git hashes, which are taken anyway, where those speak of all that is in both: the files need not
  // be read once more to be compared.
  bool is_same_tree(const std::string& ours, const std::string& theirs) {
    if (kind_ == DepotItemKind::scratchspace) return false;
    const ProofCache::Tree &one = run_.proofs.tree(ours), &other = run_.proofs.tree(theirs);
    const auto says_all = [](const ProofCache::Tree& tree) {
      return tree.hash && tree.hash->outside.count == 0 && !tree.hash->outside.git;
    };
    return says_all(one) && says_all(other) && one.hash->hash == other.hash->hash;
  }

  // What a removal that was killed has left is a part of what the target has, which alone is judged then.
  bool is_left_by_killed_move(const TreeJob& job) {
    if (!run_.moves() || kind_ == DepotItemKind::scratchspace) return false;
    const auto ours = open_folder_in(run_.system, *run_.from, job.ref->relative());
    const auto theirs = open_folder_in(run_.system, *run_.to, job.ref->relative());
    const WalkLimits limits{.most_entries = run_.options.limits.most_entries};
    return find_tree_difference(run_.system, *ours, *theirs, limits).has_value() &&
           is_part_of(run_.system, *ours, *theirs, limits);
  }

  // What an overlay's worker has changed nothing in, only touched: the target has it, and the rest.
  bool is_upper_part(const TreeJob& job) {
    const auto ours = open_folder_in(run_.system, *run_.from, job.ref->relative());
    if (!overlay_marks(run_.system, ours->fd()).merged) return false;
    const WalkLimits limits{.most_entries = run_.options.limits.most_entries};
    const auto part = overlay_part(run_.system, *ours, limits);
    const auto theirs = open_folder_in(run_.system, *run_.to, job.ref->relative());
    return part && part->code == Code::overlay_part && is_part_of(run_.system, *ours, *theirs, limits);
  }

  // `ours` is the source or what is staged.
  void settle_beside(TreeJob& job, const Folder& ours, const std::string& target) {
    const auto theirs = open_folder_in(run_.system, *run_.to, job.ref->relative());
    const auto difference = find_tree_difference(
        run_.system, ours, *theirs,
        {.most_entries = run_.options.limits.most_entries, .whole = kind_ == DepotItemKind::scratchspace});
    job.item.status = difference ? DepotItemStatus::conflict : DepotItemStatus::already_there;
    job.item.target = difference ? "" : target;
    job.item.bytes = 0;
    if (difference)
      job.item.reasons.push_back(
          {Code::conflict, fmt::format("the target has another {} of that name: {}: {}", name(kind_),
                                       difference->path, difference->message)});
  }

  std::shared_ptr<Folder> parent_at_target(const TreeJob& job) {
    {
      const std::lock_guard lock(folders_mutex_);
      const auto known = folders_.find(job.ref->folder);
      if (known != folders_.end()) return known->second;
    }
    auto folder = make_folders(run_, job.ref->folder);
    const std::lock_guard lock(folders_mutex_);
    return folders_.emplace(job.ref->folder, std::move(folder)).first->second;
  }

  void publish(std::vector<TreeJob>& jobs) {
    std::vector<TreeJob*> ready;
    for (TreeJob& job : jobs)
      if (job.staged) ready.push_back(&job);
    if (ready.empty()) return;
    // Nothing is renamed before it would survive a power cut; where that cannot be had, nothing is published.
    if (run_.options.durability == Durability::batch) {
      const int synced = retried([&] { return run_.system.sync_file_system(run_.to->fd()); });
      for (TreeJob* job : ready) attempt(*job, [&] { checked(synced, "syncfs", run_.to->path); });
    }
    put_into_place(ready);
    if (run_.options.durability == Durability::full)
      for (TreeJob* job : ready)
        if (job->staged) attempt(*job, [&] { sync_folder(run_.system, *job->staged->parent()); });
  }

  // All that is done with the lock held. Another run may have put something there since it was looked at; the
  // rename overwrites nothing.
  void put_into_place(const std::vector<TreeJob*>& ready) {
    std::vector<TreeJob*> late;
    {
      const DepotLock lock = lock_target(run_);
      for (TreeJob* job : ready)
        if (job->staged) attempt(*job, [&] { publish_or_yield(*job, late); });
    }
    for (TreeJob* job : late)
      attempt(*job, [&] {
        const auto staged = open_folder(run_.system, job->staged->path());
        settle_beside(*job, *staged, job->item.target);
        job->staged.reset();
      });
  }

  void publish_or_yield(TreeJob& job, std::vector<TreeJob*>& late) {
    if (const std::string longer = short_slugs_.longer_one(*job.ref); !longer.empty())
      throw Error(ErrorKind::unsupported, "meanwhile there is " + longer, job.item.path);
    try {
      job.staged->publish();
    } catch (const Error& error) {
      if (error.system_errno() == EXDEV && job.is_adopted) {
        copy_after_all(job);
        if (job.staged) publish_or_yield(job, late);
        return;
      }
      if (error.kind() != ErrorKind::conflict) throw;
      late.push_back(&job);
    }
  }

  bool in_shard(const TreeJob& job) const {
    if (run_.shard.count <= 1) return true;
    if (kind_ == DepotItemKind::artifact) return run_.shard.has(job.ref->name);
    const std::optional<Uuid> uuid = package_uuid(job.item.path);
    return uuid ? run_.shard.has(*uuid) : run_.shard.has(job.ref->name);
  }

  void report(TreeJob& job) {
    if (job.other_shard) {
      run_.of_other_shards.insert(job.ref->relative());
      return;
    }
    if (usable(job.item.status) && !job.holds_more && kind_ != DepotItemKind::scratchspace)
      run_.note_removable(job.item, job.ref->relative(),
                          [&] { return stand_in_for_tree(run_.system, *run_.to, job.ref->relative()); });
    trees_.report(job);
  }

  Run& run_;
  DepotItemKind kind_;
  DepotTrees trees_;
  const ShortSlugs& short_slugs_;
  std::mutex folders_mutex_;
  std::map<std::string, std::shared_ptr<Folder>> folders_;
};

}  // namespace

void merge_trees(Run& run, const Inventory& inventory) {
  const ShortSlugs short_slugs(run.system, *run.from, run.to.get(), inventory, run.held);
  TreeMerger(run, DepotItemKind::package, short_slugs).merge(inventory.packages);
  TreeMerger(run, DepotItemKind::artifact, short_slugs).merge(inventory.artifacts);
}

void merge_scratchspaces(Run& run, const std::vector<TreeRef>& scratchspaces) {
  const ShortSlugs none(run.system, *run.from, nullptr, Inventory());
  TreeMerger(run, DepotItemKind::scratchspace, none).merge(scratchspaces);
}

}  // namespace jireloc::relocating
