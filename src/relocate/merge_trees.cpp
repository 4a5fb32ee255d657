// Packages and artifacts: staged beside their place, judged there, published when whole.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <thread>

#include "base/work.hpp"
#include "bytes/overlay.hpp"
#include "bytes/tree_walk.hpp"
#include "relocate/judge_tree.hpp"
#include "relocate/overlay_part.hpp"
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

// As many trees wait for one sync of the file system.
constexpr size_t kGroup = 64;

struct TreeJob {
  const TreeRef* ref;
  DepotItem item;
  std::optional<StagedTree> staged;
  bool other_shard = false;
  bool holds_more = false;  // something in it is named .git, and stays where it is
};

class TreeMerger {
 public:
  TreeMerger(Run& run, DepotItemKind kind, const ShortSlugs& short_slugs)
      : run_(run), kind_(kind), short_slugs_(short_slugs) {}

  void merge(const std::vector<TreeRef>& refs) {
    for (size_t begin = 0; begin < refs.size(); begin += kGroup) {
      run_.check_stop();
      std::vector<TreeJob> jobs;
      for (size_t i = begin; i < std::min(refs.size(), begin + kGroup); ++i) jobs.push_back(job_for(refs[i]));
      for_all(run_.threads, jobs.size(), [&](size_t i) {
        const ItemWork work;
        attempt(jobs[i], [&] { stage(jobs[i]); });
      });
      publish(jobs);
      for (TreeJob& job : jobs) report(job);
    }
  }

 private:
  TreeJob job_for(const TreeRef& ref) {
    TreeJob job{&ref, {}, {}};
    job.item.kind = kind_;
    job.item.path = run_.places.from_here() + "/" + ref.relative();
    if (kind_ == DepotItemKind::scratchspace)
      job.item.warnings.push_back({"unproven_scratchspace", "nothing proves what a scratch space holds"});
    return job;
  }

  template <typename Step>
  void attempt(TreeJob& job, Step step) {
    try {
      step();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      job.item.status = run_.status_for(error);
      job.item.reasons.push_back({std::string(code(error.kind())), error.what()});
      job.item.target.clear();
      job.item.bytes = 0;
      job.staged.reset();
    }
  }

  std::vector<Remark> judge(const TreeJob& job, const std::string& folder) {
    if (kind_ == DepotItemKind::scratchspace) return {};
    if (kind_ == DepotItemKind::artifact) return judge_artifact(folder, job.ref->name, run_.proofs);
    const std::string package = job.ref->folder.substr(job.ref->folder.rfind('/') + 1);
    return judge_package(folder, package, job.ref->name, run_.options.rules, run_.proofs);
  }

  void settle(TreeJob& job, std::vector<Remark> reasons, DepotItemStatus otherwise) {
    job.item.status = reasons.empty() ? otherwise : DepotItemStatus::dropped;
    job.item.reasons = std::move(reasons);
  }

  void stage(TreeJob& job) {
    const std::string target = run_.places.to_here() + "/" + job.ref->relative();
    if (!run_.in_place && !in_shard(job)) {
      job.other_shard = true;
      return;
    }
    if (!run_.in_place && run_.to && is_at_target(job)) return compare(job, target);
    judge_source(job, run_.in_place ? DepotItemStatus::kept : DepotItemStatus::merged);
    if (!run_.writes() || job.item.status != DepotItemStatus::merged) return;
    copy(job);
    settle(job, judge(job, job.staged->path()), DepotItemStatus::merged);
    if (job.item.status == DepotItemStatus::dropped) return job.staged.reset();
    job.item.target = target;
    job.item.bytes = job.staged->figures().bytes;
  }

  // Where it lies, before anything of it is copied: what must not be cached takes no space. Its owner may
  // change it meanwhile, so the copy is judged again.
  void judge_source(TreeJob& job, DepotItemStatus otherwise) {
    std::vector<Remark> short_slug = kind_ == DepotItemKind::package
                                         ? short_slugs_.judge(*job.ref, run_.options.rules)
                                         : std::vector<Remark>();
    if (!short_slug.empty() && !run_.in_place) return settle(job, std::move(short_slug), otherwise);
    std::vector<Remark> reasons = judge(job, job.item.path);
    explain_by_overlay(job, reasons);
    settle(job, std::move(reasons), otherwise);
    if (job.item.status == DepotItemStatus::dropped) return;
    note_outside(job);
    // In its place it proves nothing, so nothing is removed for it.
    for (Remark& remark : short_slug) job.item.warnings.push_back(std::move(remark));
  }

  // A folder of an overlay's upper layer may hold less than the overlay shows in it. What a hash does not
  // prove is looked at before it is taken, the rest only where it was refused. In place nothing is said
  // against it.
  void explain_by_overlay(const TreeJob& job, std::vector<Remark>& reasons) {
    const bool unproven = kind_ == DepotItemKind::scratchspace && reasons.empty();
    if (!unproven && (reasons.empty() || !speaks_of_content(reasons[0].code))) return;
    const auto folder = open_folder_in(run_.system, *run_.from, job.ref->relative());
    const auto part = overlay_part(run_.system, *folder, {.most_entries = run_.options.limits.most_entries});
    if (!part) return;
    if (run_.in_place) throw Error(ErrorKind::io, part->message, job.item.path);
    reasons = {*part};
  }

  static bool speaks_of_content(const std::string& code) {
    return code == "modified_tree" || code == "unreadable_tree" || code == "no_uuid" ||
           code == "unreadable_project";
  }

  void note_outside(TreeJob& job) {
    if (kind_ == DepotItemKind::scratchspace) return;  // no git tree
    for (Remark& remark : outside_of_tree(job.item.path, run_.proofs))
      job.item.warnings.push_back(std::move(remark));
    const auto& tree = run_.proofs.tree(job.item.path);
    job.holds_more = !tree.hash || tree.hash->outside.git;
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
    if (is_left_by_killed_move(job) || is_upper_part(job)) {
      note_outside(job);
      settle(job, judge(job, target), DepotItemStatus::already_there);
      if (job.item.status == DepotItemStatus::already_there) job.item.target = target;
      return;
    }
    judge_source(job, DepotItemStatus::already_there);
    if (job.item.status == DepotItemStatus::dropped) return;
    const auto ours = open_folder_in(run_.system, *run_.from, job.ref->relative());
    settle_beside(job, *ours, target);
    if (job.item.status == DepotItemStatus::already_there)
      settle(job, judge(job, target), DepotItemStatus::already_there);
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
    return part && part->code == "overlay_part" && is_part_of(run_.system, *ours, *theirs, limits);
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
          {"conflict", fmt::format("the target has another {} of that name: {}: {}", name(kind_),
                                   difference->path, difference->message)});
  }

  std::shared_ptr<Folder> parent_at_target(const TreeJob& job) {
    const std::lock_guard lock(folders_mutex_);
    auto& folder = folders_[job.ref->folder];
    if (!folder) folder = make_folders(run_, job.ref->folder);
    return folder;
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
    if (kind_ == DepotItemKind::package)
      if (const std::string longer = short_slugs_.longer_one(*job.ref); !longer.empty())
        throw Error(ErrorKind::unsupported, "meanwhile there is " + longer, job.item.path);
    try {
      job.staged->publish();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::conflict) throw;
      late.push_back(&job);
    }
  }

  bool in_shard(const TreeJob& job) const {
    if (run_.options.shard.count <= 1) return true;
    if (kind_ == DepotItemKind::artifact) return run_.options.shard.has(job.ref->name);
    const std::optional<Uuid> uuid = package_uuid(job.item.path);
    return uuid ? run_.options.shard.has(*uuid) : run_.options.shard.has(job.ref->name);
  }

  void report(TreeJob& job) {
    if (job.other_shard) {
      run_.of_other_shards.insert(job.ref->relative());
      return;
    }
    const DepotItemStatus status = job.item.status;
    const bool usable = status == DepotItemStatus::merged || status == DepotItemStatus::already_there ||
                        status == DepotItemStatus::kept;
    if (usable && !job.holds_more && kind_ != DepotItemKind::scratchspace)
      run_.note_removable(job.item, job.ref->relative(),
                          [&] { return stand_in_for_tree(run_.system, *run_.to, job.ref->relative()); });
    if (!usable)
      run_.unusable_packages[job.ref->relative()] = {
          job.item.reasons.empty() ? std::string(name(status)) : job.item.reasons[0].message,
          status == DepotItemStatus::failed, std::string(root_cause(job.item))};
    run_.sink(job.item);
  }

  Run& run_;
  DepotItemKind kind_;
  const ShortSlugs& short_slugs_;
  std::mutex folders_mutex_;
  std::map<std::string, std::shared_ptr<Folder>> folders_;
};

}  // namespace

namespace {

// Whether what is made in a folder belongs to its group, and that may write there. Where everybody may, as in
// /tmp, the folder is no group's.
mode_t group_writing(const struct stat& parent, const RelocateOptions& options) {
  if ((parent.st_mode & S_IWOTH) != 0) return 0;
  const bool inherits = !options.owner && (parent.st_mode & S_ISGID) != 0;
  const gid_t group = options.owner ? options.owner->second : inherits ? parent.st_gid : ::getegid();
  return group == parent.st_gid ? parent.st_mode & S_IWGRP : 0;
}

}  // namespace

mode_t file_mode_in(const Run& run, const Folder& parent) {
  if (!run.options.mode_of_parent) return run.options.file_mode;
  return run.options.file_mode | group_writing(stat_of(run.system, parent.fd(), parent.path), run.options);
}

mode_t folder_mode_in(const Run& run, const Folder& parent) {
  if (!run.options.folder_mode_of_parent) return run.options.folder_mode;
  return run.options.folder_mode | group_writing(stat_of(run.system, parent.fd(), parent.path), run.options);
}

void open_to_group(FileSystem& system, const std::string& folder, const RelocateOptions& options) {
  if (!options.folder_mode_of_parent) return;
  const auto made = open_folder(system, folder);
  struct stat parent {};
  checked(retried([&] { return system.stat_at(made->fd(), "..", parent, 0); }), "stat", folder);
  const mode_t mode = stat_of(system, made->fd(), folder).st_mode & 07777;
  const mode_t wanted = mode | group_writing(parent, options);
  if (wanted != mode) checked(retried([&] { return system.set_mode(made->fd(), wanted); }), "fchmod", folder);
}

std::shared_ptr<Folder> make_folders(Run& run, const std::string& relative) {
  // A folder has its mode a moment after it was made: nobody may take after it before that.
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  std::shared_ptr<Folder> folder = run.to;
  for (size_t begin = 0; begin < relative.size();) {
    const size_t end = std::min(relative.find('/', begin), relative.size());
    const std::string name = relative.substr(begin, end - begin);
    const std::string path = folder->path + "/" + name;
    const int fd = folder->fd();
    const mode_t mode = folder_mode_in(run, *folder);
    const int made = retried([&] { return run.system.make_folder(fd, name.c_str(), 0700); });
    if (made != -EEXIST) checked(made, "mkdir", path);
    folder = open_folder_in(run.system, *folder, name);
    if (made >= 0) {
      // The umask must not decide who can read a shared depot.
      const mode_t given = stat_of(run.system, folder->fd(), folder->path).st_mode & S_ISGID;
      checked(retried([&] { return run.system.set_mode(folder->fd(), mode | given); }), "fchmod",
              folder->path);
      if (run.options.owner)
        checked(retried([&] {
                  return run.system.set_owner(folder->fd(), run.options.owner->first,
                                              run.options.owner->second);
                }),
                "fchown", folder->path);
    }
    begin = end + 1;
  }
  return folder;
}

void merge_trees(Run& run, const Inventory& inventory) {
  const ShortSlugs short_slugs(run.system, *run.from, run.in_place ? nullptr : run.to.get(), inventory);
  TreeMerger(run, DepotItemKind::package, short_slugs).merge(inventory.packages);
  TreeMerger(run, DepotItemKind::artifact, short_slugs).merge(inventory.artifacts);
}

void merge_scratchspaces(Run& run, const std::vector<TreeRef>& scratchspaces) {
  const ShortSlugs none(run.system, *run.from, nullptr, Inventory());
  TreeMerger(run, DepotItemKind::scratchspace, none).merge(scratchspaces);
}

}  // namespace jireloc::relocating
