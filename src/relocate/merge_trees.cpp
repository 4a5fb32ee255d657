// Packages and artifacts: staged beside their place, judged there, published when whole.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <atomic>
#include <exception>
#include <thread>

#include "relocate/judge_tree.hpp"
#include "relocate/run.hpp"
#include "relocate/tree_compare.hpp"
#include "relocate/tree_copy.hpp"
#include "relocate/tree_walk.hpp"

namespace jireloc::relocating {
namespace {

// --stamp: one time for every file of a staged tree, so that depots can be made again byte for byte.
struct Stamper {
  FileSystem& system;
  timespec time;
  void folder(const std::string&, const struct stat&) {}
  void entry(int folder_fd, const std::string& relative, const std::string& name, const struct stat&) {
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
};

class TreeMerger {
 public:
  TreeMerger(Run& run, DepotItemKind kind) : run_(run), kind_(kind) {}

  void merge(const std::vector<TreeRef>& refs) {
    for (size_t begin = 0; begin < refs.size(); begin += kGroup) {
      run_.check_stop();
      std::vector<TreeJob> jobs;
      for (size_t i = begin; i < std::min(refs.size(), begin + kGroup); ++i) jobs.push_back(job_for(refs[i]));
      for_all(run_.threads, jobs.size(), [&](size_t i) { attempt(jobs[i], [&] { stage(jobs[i]); }); });
      publish(jobs);
      for (TreeJob& job : jobs) report(job);
    }
  }

 private:
  TreeJob job_for(const TreeRef& ref) {
    TreeJob job{&ref, {}, {}, false};
    job.item.kind = kind_;
    job.item.path = run_.options.from + "/" + ref.relative();
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
    if (kind_ == DepotItemKind::artifact) return judge_artifact(folder, job.ref->name);
    const std::string package = job.ref->folder.substr(job.ref->folder.rfind('/') + 1);
    return judge_package(folder, package, job.ref->name, run_.options.rules, run_.proofs);
  }

  void settle(TreeJob& job, std::vector<Remark> reasons, DepotItemStatus otherwise) {
    job.item.status = reasons.empty() ? otherwise : DepotItemStatus::dropped;
    job.item.reasons = std::move(reasons);
  }

  void stage(TreeJob& job) {
    const std::string target = run_.options.to + "/" + job.ref->relative();
    if (run_.in_place) return settle(job, judge(job, job.item.path), DepotItemStatus::kept);
    if (!in_shard(job)) {
      job.other_shard = true;
      return;
    }
    const auto source_parent = open_folder_in(run_.system, *run_.from, job.ref->folder);
    if (run_.to && is_at_target(job)) return compare(job, *source_parent, target);
    if (!run_.writes()) return settle(job, judge(job, job.item.path), DepotItemStatus::merged);
    TreeCopyOptions copy;
    copy.file_mode = run_.options.file_mode;
    copy.folder_mode = run_.options.folder_mode;
    copy.owner = run_.options.owner;
    // The source keeps its times; and nothing of it goes while its file is the one at the target.
    copy.hard_links = run_.options.hard_links && !run_.options.stamp && !run_.options.move;
    copy.sync = run_.options.durability == Durability::full;
    copy.stop = run_.options.stop;
    job.staged.emplace(
        copy_tree(run_.system, *source_parent, job.ref->name, parent_at_target(job), job.ref->name, copy));
    if (run_.options.stamp) {
      Stamper stamper{run_.system, {static_cast<time_t>(*run_.options.stamp), 0}};
      walk_tree(run_.system, *open_folder(run_.system, job.staged->path()), {}, stamper);
    }
    settle(job, judge(job, job.staged->path()), DepotItemStatus::merged);
    if (job.item.status == DepotItemStatus::dropped) return job.staged.reset();
    job.item.target = target;
    job.item.bytes = job.staged->figures().bytes;
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
  void compare(TreeJob& job, const Folder& source_parent, const std::string& target) {
    const auto ours = open_folder_in(run_.system, source_parent, job.ref->name);
    const auto theirs = open_folder_in(run_.system, *run_.to, job.ref->relative());
    auto difference = find_tree_difference(run_.system, *ours, *theirs);
    // What a killed --move has left: the target's tree is judged, and ours is a part of it.
    if (difference && run_.moves() && is_part_of(run_.system, *ours, *theirs)) difference.reset();
    settle(job, judge(job, difference ? job.item.path : target),
           difference ? DepotItemStatus::conflict : DepotItemStatus::already_there);
    if (job.item.status == DepotItemStatus::already_there) job.item.target = target;
    if (job.item.status == DepotItemStatus::conflict)
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
    for (TreeJob* job : ready)
      if (job->staged) attempt(*job, [&] { job->staged->publish(); });
    if (run_.options.durability == Durability::full)
      for (TreeJob* job : ready)
        if (job->staged) attempt(*job, [&] { sync_folder(run_.system, *job->staged->parent()); });
  }

  bool in_shard(const TreeJob& job) const {
    if (run_.options.shard.count <= 1) return true;
    if (kind_ == DepotItemKind::artifact) return run_.options.shard.has(job.ref->name);
    const std::optional<Uuid> uuid = package_uuid(job.item.path);
    return uuid ? run_.options.shard.has(*uuid) : run_.options.shard.has(job.ref->name);
  }

  void report(TreeJob& job) {
    if (job.other_shard) return;
    const DepotItemStatus status = job.item.status;
    const bool usable = status == DepotItemStatus::merged || status == DepotItemStatus::already_there ||
                        status == DepotItemStatus::kept;
    if (usable)
      run_.note_removable(job.item, job.ref->relative(),
                          [&] { return stand_in_for_tree(run_.system, *run_.to, job.ref->relative()); });
    if (!usable && kind_ == DepotItemKind::package)
      run_.unusable_packages[job.ref->relative()] = {
          job.item.reasons.empty() ? std::string(name(status)) : job.item.reasons[0].message,
          status == DepotItemStatus::failed};
    run_.sink(job.item);
  }

  Run& run_;
  DepotItemKind kind_;
  std::mutex folders_mutex_;
  std::map<std::string, std::shared_ptr<Folder>> folders_;
};

}  // namespace

std::shared_ptr<Folder> make_folders(Run& run, const std::string& relative) {
  std::shared_ptr<Folder> folder = run.to;
  for (size_t begin = 0; begin < relative.size();) {
    const size_t end = std::min(relative.find('/', begin), relative.size());
    const std::string name = relative.substr(begin, end - begin);
    const bool was_there = find_entry(run.system, folder->fd(), name, folder->path).has_value();
    folder = open_or_make_folder(run.system, *folder, name, 0700);
    if (!was_there) {
      // The umask must not decide who can read a shared depot.
      checked(retried([&] { return run.system.set_mode(folder->fd(), run.options.folder_mode); }), "fchmod",
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

void merge_trees(Run& run, const std::vector<TreeRef>& packages, const std::vector<TreeRef>& artifacts) {
  TreeMerger(run, DepotItemKind::package).merge(packages);
  TreeMerger(run, DepotItemKind::artifact).merge(artifacts);
}

}  // namespace jireloc::relocating
