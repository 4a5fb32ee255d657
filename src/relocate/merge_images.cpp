// Images: judged in the order of their dependencies, rewritten for the target, published library first.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "base/work.hpp"
#include "bytes/batch.hpp"
#include "jireloc/check.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/grown_set.hpp"
#include "relocate/compilations.hpp"
#include "relocate/image_graph.hpp"
#include "relocate/layers.hpp"
#include "relocate/overlay_part.hpp"
#include "relocate/run.hpp"
#include "relocate/step_view.hpp"
#include "relocate/target_names.hpp"
#include "relocate/upper_view.hpp"
#include "rewrite/execute.hpp"
#include "rewrite/memory_share.hpp"
#include "rewrite/planned_source.hpp"
#include "rewrite/set_order.hpp"

namespace jireloc::relocating {
namespace {

// While nothing is written, what would be in the target is still in the source.
class OverlayView final : public FileView {
 public:
  OverlayView(const Run& run, const FileView& base) : run_(run), base_(base) {}
  std::string actual(const std::string& path) const override {
    const std::string& to = run_.options.to;
    std::string there = base_.actual(path);
    if (!is_path_prefix(to, path) || file_status(there).type != FileStatus::Type::none) return there;
    return run_.places.view().actual(run_.options.from + path.substr(to.size()));
  }

 private:
  const Run& run_;
  const FileView& base_;
};

// The same, with an image's new native library taken for the old one.
class LibraryView final : public FileView {
 public:
  LibraryView(const FileView& base, std::string planned, std::string there)
      : base_(base), planned_(std::move(planned)), there_(std::move(there)) {}
  std::string actual(const std::string& path) const override {
    return path == planned_ ? there_ : base_.actual(path);
  }

 private:
  const FileView& base_;
  std::string planned_, there_;
};

Remark remark_of(const Error& error) {
  return {std::string(code(error.kind())),
          (error.offset() ? fmt::format("offset {}: ", *error.offset()) : "") + error.message()};
}

class ImageMerger {
 public:
  explicit ImageMerger(Run& run)
      : run_(run),
        batch_(run.options.durability, run.system,
               {[this] { return hold_target(); }, [this](size_t image) { require_known_names(image); }}),
        before_(run),
        overlay_(run, before_),
        layers_(run),
        step_(run),
        names_(run.places.to_here()) {}

  void merge(const std::vector<ImageRef>& refs, const std::vector<Error>& problems) {
    Inventory there;
    graph_.add_depot(run_.system, *run_.from, refs, true, run_.threads);
    map_.emplace(run_, graph_.recorded(), run_.places.view());
    note_unlisted(problems, *run_.from);
    if (run_.to && !run_.in_place) {
      there = take_inventory(run_.system, *run_.to);
      note_unlisted(there.problems, *run_.to);
      graph_.add_depot(run_.system, *run_.to, there.images, false, run_.threads);
      note_names(there);
    }
    layers_.add_images(refs, graph_);
    graph_.close();
    items_.resize(graph_.images().size());
    order_ = graph_.order();
    for (const std::vector<size_t>& level : graph_.levels(order_)) judge_level(level);
    std::exception_ptr failure;
    try {
      batch_.finish();
      for (int round = 0; round < kMostRounds && !contested_.empty(); ++round) {
        judge_contested();
        batch_.finish();
      }
    } catch (...) {
      failure = std::current_exception();  // everything is in place then: said before the error ends the run
    }
    give_up_contested();
    for (const size_t image : order_) report(image);
    if (failure) std::rethrow_exception(failure);
  }

 private:
  // How often an image is looked at again because another run has put something in its folder meanwhile.
  static constexpr int kMostRounds = 5;

  // The lock of the target, for one thread of this run at a time.
  struct Held {
    std::unique_lock<std::mutex> ours;
    DepotLock depots;
  };

  // The name that an image did not get, and why.
  struct Contested {
    std::string target;
    Remark why;
  };

  std::shared_ptr<void> hold_target() {
    std::unique_lock ours(publish_mutex_);
    known_folders_.clear();
    try {
      return std::shared_ptr<void>(new Held{std::move(ours), lock_target(run_)},
                                   [](void* held) { delete static_cast<Held*>(held); });
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::conflict) throw;
      throw Error(ErrorKind::io, error.message(), error.file());  // no conflict of this image with another
    }
  }

  // With the lock held: what was decided of an image's name and of images of the same build still stands if
  // nothing came into its folder that was not known then. Another run may have been there.
  void require_known_names(size_t index) {
    const std::string& folder = graph_.images()[index].ref->folder;
    auto known = known_folders_.find(folder);
    if (known == known_folders_.end())
      known = known_folders_.emplace(folder, unknown_images(folder).empty()).first;
    if (!known->second)
      throw Error(ErrorKind::conflict, "another run has put images beside it meanwhile",
                  items_[index].target);
  }

  // Files ending in .ji that are in a folder of the target and were never seen there.
  std::vector<ImageRef> unknown_images(const std::string& relative) {
    const auto folder = open_folder_in(run_.system, *run_.to, relative);
    std::vector<ImageRef> unknown;
    const auto entries = list_folder(run_.system, folder->fd(), folder->path);
    const std::lock_guard lock(names_mutex_);
    for (const FolderEntry& entry : entries) {
      if (entry.name.ends_with(".ji") && !names_.is_known(folder->path + "/" + entry.name))
        unknown.push_back({relative, entry.name});
    }
    return unknown;
  }

  void note_names(const Inventory& there) {
    for (const ImageRef& ref : there.images) names_.add_file(run_.places.to_here() + "/" + ref.relative());
    for (const LeftoverRef& ref : there.leftovers)
      names_.add_file(run_.places.to_here() + "/" + ref.relative());
    for (const GraphImage& image : graph_.images())
      if (image.ref == nullptr) names_.add_image(image);
  }

  // Images that could not be put into place because others had come: with those known, perhaps there is
  // nothing left to do, or another name is free.
  void judge_contested() {
    std::vector<ImageRef> found;
    const std::map<size_t, Contested> again = std::exchange(contested_, {});
    std::set<std::string> folders;
    for (const auto& [index, contested] : again) {
      const GraphImage& image = graph_.images()[index];
      names_.forget(image, *image.ref, contested.target);
      folders.insert(image.ref->folder);
    }
    for (const std::string& folder : folders)
      for (ImageRef& ref : unknown_images(folder)) found.push_back(std::move(ref));
    const size_t first = graph_.images().size();
    graph_.add_depot(run_.system, *run_.to, found, false, run_.threads);
    items_.resize(graph_.images().size());
    for (const ImageRef& ref : found) names_.add_file(run_.places.to_here() + "/" + ref.relative());
    for (size_t i = first; i < graph_.images().size(); ++i) names_.add_image(graph_.images()[i]);
    for (const auto& [index, contested] : again) {
      run_.check_stop();
      items_[index] = {};
      if (is_wanted(index)) judge(index);
    }
  }

  void give_up_contested() {
    for (const auto& [index, contested] : contested_) {
      DepotItem& item = items_[index];
      item.status = DepotItemStatus::conflict;
      item.reasons.push_back(contested.why);
      item.target.clear();
      item.bytes = 0;
    }
  }

  DepotItem& drop(size_t image, std::string reason_code, std::string message) {
    DepotItem& item = items_[image];
    item.status = DepotItemStatus::dropped;
    item.reasons.push_back({std::move(reason_code), std::move(message)});
    return item;
  }

  // Where something could not be looked at: nothing is said against the image, and nothing is done with it.
  DepotItem& leave_open(size_t image, std::string reason_code, std::string message) {
    DepotItem& item = drop(image, std::move(reason_code), std::move(message));
    item.status = DepotItemStatus::failed;
    return item;
  }

  void note_unlisted(const std::vector<Error>& problems, const Folder& depot) {
    for (const Error& problem : problems) {
      if (is_path_prefix(depot.path + "/compiled", problem.file())) graph_.add_unreadable(problem.file());
      if (&depot == run_.from.get()) unlisted_.push_back(problem);
    }
  }

  static bool usable(DepotItemStatus status) {
    return status == DepotItemStatus::merged || status == DepotItemStatus::relocated ||
           status == DepotItemStatus::already_there || status == DepotItemStatus::kept;
  }

  bool in_shard(const GraphImage& image) const { return run_.options.shard.has(image.uuid); }

  // What an image needs was decided on in earlier levels. Images of one folder, which may contend for names,
  // are looked at in their order, by one thread.
  void judge_level(const std::vector<size_t>& level) {
    std::map<std::string_view, size_t> numbers;
    std::vector<std::vector<size_t>> folders;
    for (const size_t image : level) {
      if (!is_wanted(image)) {
        spare(image);
        continue;
      }
      const auto [place, is_new] = numbers.emplace(graph_.images()[image].ref->folder, folders.size());
      if (is_new) folders.emplace_back();
      folders[place->second].push_back(image);
    }
    for_all(run_.threads, folders.size(), [&](size_t folder) {
      for (const size_t image : folders[folder]) {
        run_.check_stop();
        judge(image);
        spare(image);
      }
    });
  }

  // What speaks against an image in its place may be that Julia is about to make it. Those that depend on it
  // hear of it in later levels.
  void spare(size_t index) {
    DepotItem& item = items_[index];
    if (!run_.in_place || item.status != DepotItemStatus::dropped || item.reasons.empty()) return;
    try {
      const auto why = work_in_progress(*graph_.images()[index].ref, item.reasons[0].code);
      if (!why) return;
      item.reasons = {{why->code, fmt::format("{}: {}", why->message, item.reasons[0].message)}};
      item.status = DepotItemStatus::kept;
    } catch (const Error& error) {
      item.reasons.insert(item.reasons.begin(),
                          {std::string(code(error.kind())),
                           fmt::format("whether somebody compiles in its folder is not known ({}), so it is "
                                       "left alone",
                                       error.what())});
      item.status = DepotItemStatus::failed;
    }
  }

  std::optional<Remark> work_in_progress(const ImageRef& ref, const std::string& flaw) {
    const Compilations compilations(run_.system, *run_.from, run_.options.grace);
    if (const auto who = compilations.at_work_in(ref.folder))
      return Remark{"being_compiled", fmt::format("{} compiles in its folder, so it is left alone", *who)};
    const std::string path = run_.from->path + "/" + ref.relative();
    const auto info = find_entry(run_.system, run_.from->fd(), ref.relative(), path);
    if (flaw == "library_missing" && info && compilations.is_young(*info))
      return Remark{"in_progress", "it is young, and may be somebody's work in progress"};
    return {};
  }

  // Whether there is more to say of an image than what its header and those of others tell.
  bool is_wanted(size_t index) {
    const GraphImage& image = graph_.images()[index];
    DepotItem& item = items_[index];
    item.kind = DepotItemKind::image;
    item.path = image.path;
    if (image.problem) {
      const Remark remark = remark_of(*image.problem);
      drop(index, remark.code, remark.message).status = run_.status_for(*image.problem);
      explain_by_overlay(index);
      return false;
    }
    if (!in_shard(image)) {
      item.status = DepotItemStatus::merged;  // another run's; dependents may count on it
      return false;
    }
    return dependencies_usable(index);
  }

  void judge(size_t index) {
    const ItemWork work;
    const rewriting::MemoryShare share(memory_, 8);  // another pair may be looked at in the target
    try {
      const ImagePair pair =
          open(*run_.from, graph_.images()[index].ref->relative(), share.largest_in_memory());
      rewrite(index, pair, share.largest_in_memory());
      if (!pair.library_path.empty()) explain_by_overlay(index);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      const Remark remark = remark_of(error);
      drop(index, remark.code, remark.message).status = run_.status_for(error);
    }
  }

  // A file of an overlay's upper layer may have no content of its own, which is no fault of the image's: in
  // place nothing is said against it.
  void explain_by_overlay(size_t index) {
    DepotItem& item = items_[index];
    if (item.status != DepotItemStatus::dropped) return;
    const std::string ji = graph_.images()[index].ref->relative();
    const std::string stem = ji.substr(0, ji.rfind('.'));
    for (const std::string& file : {ji, stem + ".so", stem + ".dylib", stem + ".dll"}) {
      const auto part = overlay_part_of_file(run_.system, *run_.from, file);
      if (!part) continue;
      item.reasons = {*part};
      if (run_.in_place) item.status = DepotItemStatus::failed;
      return;
    }
  }

  void explain_missing(size_t index, const RequiredModule& module, const std::vector<size_t>& providers) {
    const std::string* hidden = graph_.unreadable_for(module.name);
    const auto open = std::find_if(providers.begin(), providers.end(), [&](size_t provider) {
      return items_[provider].status == DepotItemStatus::failed;
    });
    if (open != providers.end() || (providers.empty() && hidden != nullptr)) {
      leave_open(index, "dependency_unknown",
                 fmt::format("it needs {}; {} could not be looked at", module.name,
                             open != providers.end() ? graph_.images()[*open].path : *hidden))
          .cause = open != providers.end() ? root_cause(items_[*open]) : "";
      return;
    }
    if (providers.empty()) {
      drop(index, "dependency_missing",
           fmt::format("it needs the build {} of {}, of which there is no image", hex64(module.build_id_lo),
                       module.name));
      return;
    }
    const DepotItem& dropped = items_[providers[0]];
    drop(index, "dependency_dropped",
         fmt::format("it needs {}, which is not cached: {}", module.name,
                     dropped.reasons.empty() ? name(dropped.status) : dropped.reasons[0].message))
        .cause = root_cause(dropped);
  }

  bool dependencies_usable(size_t index) {
    const GraphImage& image = graph_.images()[index];
    for (const uint32_t need : image.needs) {
      const RequiredModule& module = graph_.module(need);
      const std::vector<size_t>& providers = graph_.providers(need);
      const bool served = std::any_of(providers.begin(), providers.end(), [&](size_t provider) {
        return graph_.images()[provider].ref == nullptr || usable(items_[provider].status);
      });
      if (served) continue;
      if (providers.empty() && graph_.is_assumed(image, need)) {
        items_[index].assumed.push_back(module.name);
        continue;
      }
      if (providers.empty() && graph_.is_in_system_image(need)) continue;
      explain_missing(index, module, providers);
      return false;
    }
    return true;
  }

  ImagePair open(const Folder& depot, const std::string& relative, uint64_t largest) {
    const std::string prefix = depot.path + "/";
    return read_image(open_in_depot(run_.system, depot, relative, largest), prefix + relative,
                      [&](const std::string& library) {
                        return open_in_depot(run_.system, depot, library.substr(prefix.size()), largest);
                      });
  }

  // Whether what stands in its way is that the file system does not tell what its code names.
  static bool names_unknown(const RewritePlan& plan) {
    return plan.status == RewriteStatus::failed && plan.audit.count(PathOutcome::unknown) != 0 &&
           plan.audit.count(PathOutcome::would_break) == 0;
  }

  // Why an image that is in the target already cannot stand for ours; empty where it can: it is whole,
  // relocated, its sources proven, and Julia accepts it there. With --move it will be the only one.
  std::string flaw_at_target(const std::string& path, uint64_t largest) {
    try {
      const ImagePair pair = open(*run_.to, path.substr(run_.to->path.size() + 1), largest);
      if (pair.file.is_split() && !pair.library) return "its native library is not there";
      const RewritePlan plan = plan_rewrite(pair, rewrite_options(), run_.places.view(), run_.proofs);
      if (plan.sources_unknown != 0 || names_unknown(plan))
        throw Error(ErrorKind::io, plan.reasons.at(0).message, path);
      if (!plan.reasons.empty()) return plan.reasons[0].message;
      if (plan.status != RewriteStatus::unchanged) return "it is not relocated";
      const auto flaw = judged_flaw(pair, plan, path, run_.places.view());
      return flaw ? flaw->message : std::string();
    } catch (const Error& error) {
      if (!is_disproof(error.kind())) throw;  // then nothing can be said, and nothing is put beside it
      return error.message();
    }
  }

  RewriteOptions rewrite_options() const {
    RewriteOptions options;
    options.map = map_->map();
    options.mtime = run_.in_place ? MtimePolicy::keep : MtimePolicy::files;
    options.payload = run_.options.payload;
    options.aliases = run_.aliases;
    options.longer = run_.options.longer;
    options.keep_code = run_.options.keep_code;
    options.spelling = run_.options.spelling;
    options.grown = run_.in_place ? nullptr : &grown_;
    options.experimental = run_.options.experimental;
    options.keep_absent_stdlib = true;
    options.keep_paths = map_->keep_paths();
    options.moved_paths = run_.options.moved_paths;
    options.after_view = &step_;
    options.makes_target = true;
    options.presences = &run_.presences;
    return options;
  }

  void rewrite(size_t index, const ImagePair& pair, uint64_t largest) {
    const GraphImage& image = graph_.images()[index];
    DepotItem& item = items_[index];
    if (pair.file.is_split() && !pair.library) {
      drop(index, "library_missing", "its native library is not there");
      return;
    }
    const FileView& view = run_.writes() || run_.in_place ? static_cast<const FileView&>(before_) : overlay_;
    const RewritePlan plan = plan_rewrite(pair, rewrite_options(), view, run_.proofs);
    item.warnings = plan.warnings;
    item.absent_before = plan.audit.count(PathOutcome::absent_before);
    // First what its packages came to: that their files are not at the target is only a consequence.
    if (!sources_usable(index, plan)) return note_developed(item, pair.file);
    if (plan.status == RewriteStatus::skipped || plan.status == RewriteStatus::failed ||
        plan.sources_unproven != 0 || plan.sources_absent != 0 || plan.sources_unknown != 0) {
      const bool is_open = (plan.sources_unknown != 0 && plan.sources_unproven == 0) || names_unknown(plan);
      item.status = is_open ? DepotItemStatus::failed : DepotItemStatus::dropped;
      item.reasons = plan.reasons;
      return note_developed(item, pair.file);
    }
    if (const auto there = same_build(image); there) {
      const std::string flaw = flaw_at_target(*there, largest);
      if (flaw.empty()) {
        item.status = DepotItemStatus::already_there;
        item.target = *there;
        return;
      }
      // It stays, and ours gets a name beside it: Julia takes whichever it accepts.
      item.warnings.push_back(
          {"unsound_at_target", fmt::format("{} has the same build, but {}", *there, flaw)});
    } else if (const std::string* hidden =
                   graph_.unreadable_in(run_.places.to_here() + "/" + image.ref->folder);
               hidden != nullptr && !run_.in_place) {
      leave_open(index, "target_unknown",
                 fmt::format("whether the target has it is not known: {} could not be looked at", *hidden));
      return;
    }
    if (settle_growth(index, pair, plan, largest)) return;
    const std::string target = run_.in_place ? image.path : free_name(image);
    if (target.empty()) {
      drop(index, "conflict",
           "the target has another image of that name, and this Julia looks for no other name")
          .status = DepotItemStatus::conflict;
      return;
    }
    if (const auto flaw = judged_flaw(pair, plan, target, view, &item.warnings); flaw) {
      drop(index, flaw->code, flaw->message);
      return;
    }
    item.status = run_.in_place                             ? DepotItemStatus::kept
                  : plan.status == RewriteStatus::rewritten ? DepotItemStatus::relocated
                                                            : DepotItemStatus::merged;
    if (!run_.in_place) take_name(image, target);
    if (run_.writes()) write(index, pair, plan, target);
  }

  // From here on dependents are given the new identity, where there is one. True where the target has the
  // very image: growth gives the same bytes each time.
  bool settle_growth(size_t index, const ImagePair& pair, const RewritePlan& plan, uint64_t largest) {
    if (!plan.payload.growth) return false;
    const PayloadGrowth& growth = *plan.payload.growth;
    grown_.add(pair.file, growth);
    DepotItem& item = items_[index];
    if (growth.checksum) note_outside_dependents(index);
    if (const auto there = growth.checksum ? same_grown_build(index, pair, *growth.checksum) : std::nullopt) {
      const std::string flaw = flaw_at_target(*there, largest);
      if (flaw.empty()) {
        item.status = DepotItemStatus::already_there;
        item.target = *there;
        return true;
      }
      item.warnings.push_back(
          {"unsound_at_target", fmt::format("{} has the same build, but {}", *there, flaw)});
    }
    item.grown_names = growth.names;
    item.grown_constants = growth.constants;
    item.dropped_code = growth.dropped_code;
    item.new_identity = growth.checksum.has_value();
    item.payload_size = growth.old_payload_size;
    item.payload_size_after = growth.payload_size;
    return false;
  }

  // Images that are not changed and ask for the build as it is in the source.
  void note_outside_dependents(size_t index) {
    std::vector<std::string> paths;
    for (const size_t dependent : graph_.outside_dependents(graph_.images()[index]))
      paths.push_back(graph_.images()[dependent].path);
    if (paths.empty()) return;
    items_[index].warnings.push_back(
        {std::string(kDependentOutside),
         fmt::format(
             "its texts grow under a new build id, and the target will not have the old one, for which "
             "these ask: {}; Julia will compile them again, but not with an alias "
             "(--payload-alias=auto)",
             rewriting::some_of(paths))});
  }

  static bool is_needed_outside(const DepotItem& item) {
    return std::any_of(item.warnings.begin(), item.warnings.end(),
                       [](const Remark& warning) { return warning.code == kDependentOutside; });
  }

  std::optional<std::string> same_grown_build(size_t index, const ImagePair& pair, uint64_t checksum) {
    if (pair.file.worklist.empty()) return {};
    const WorklistModule& module = pair.file.worklist[0];
    const auto number = graph_.find({module.name, module.uuid, checksum, module.build_id});
    const std::lock_guard lock(names_mutex_);
    return number ? names_.same_build(*number, *graph_.images()[index].ref) : std::nullopt;
  }

  std::optional<std::string> same_build(const GraphImage& image) {
    const std::lock_guard lock(names_mutex_);
    return names_.same_build(image, *image.ref);
  }
  std::string free_name(const GraphImage& image) {
    const std::lock_guard lock(names_mutex_);
    return names_.free_name(image, *image.ref);
  }
  void take_name(const GraphImage& image, const std::string& path) {
    const std::lock_guard lock(names_mutex_);
    names_.take(image, *image.ref, path);
  }

  bool package_usable(size_t index, const PackageFolder& package) {
    const std::string relative = fmt::format("packages/{}/{}", package.name, package.slug);
    for (const Error& problem : unlisted_) {
      if (!is_path_prefix(problem.file(), run_.places.from_here() + "/" + relative)) continue;
      leave_open(index, "package_unknown",
                 fmt::format("its package {} could not be looked at: {}", package.name, problem.what()));
      return false;
    }
    const auto unusable = run_.unusable_packages.find(relative);
    if (unusable == run_.unusable_packages.end()) return true;
    if (unusable->second.unknown)
      leave_open(index, "package_unknown",
                 fmt::format("its package {} could not be looked at: {}", package.name, unusable->second.why))
          .cause = unusable->second.cause;
    else
      drop(index, "package_dropped",
           fmt::format("its package {} is not cached: {}", package.name, unusable->second.why))
          .cause = unusable->second.cause;
    return false;
  }

  // Every source lies in a package folder of the target that is as it should be, or belongs to Julia itself.
  bool sources_usable(size_t index, const RewritePlan& plan) {
    for (const Dependency& entry : plan.after.dependencies) {
      if (entry.is_require()) continue;
      const std::string path = entry.is_depot_relative()
                                   ? run_.options.to + entry.path.substr(std::string_view("@depot").size())
                                   : in_place(entry.path);
      if (is_stdlib_path(path)) continue;
      const auto folder = package_folder_of(path);
      if (stays(path) || layers_.hold(path)) continue;
      if (!is_path_prefix(run_.options.to, path)) {
        drop(index, "outside_depots",
             fmt::format("its source {} lies outside the depots (--map covers such places)", path));
        return false;
      }
      if (!folder) continue;
      if (!package_usable(index, *folder)) return false;
    }
    return true;
  }

  // Where what stops an image is that its own source, the first that it records, is no installed package's
  // (Pkg.develop, or a project of its own): such images are for nobody else.
  void note_developed(DepotItem& item, const CacheFile& file) const {
    const std::string& stopped_by = item.reasons.at(0).code;
    if (run_.in_place || (stopped_by != "outside_depots" && stopped_by != "unproven_absent")) return;
    const auto own = std::find_if(file.dependencies.begin(), file.dependencies.end(),
                                  [](const Dependency& entry) { return !entry.is_require(); });
    if (own == file.dependencies.end() || package_folder_of(own->path)) return;
    item.reasons.insert(
        item.reasons.begin(),
        {"developed", fmt::format("it was compiled from {}, which belongs to no package that Pkg "
                                  "has installed",
                                  own->path)});
  }

  // In a depot that stays where it is, all its names are one.
  std::string in_place(const std::string& path) const { return run_.in_place ? map_->in_source(path) : path; }

  bool stays(const std::string& path) const {
    const auto& kept = map_->keep_paths();
    return std::any_of(kept.begin(), kept.end(),
                       [&](const std::string& place) { return is_path_prefix(place, path); });
  }

  // What Julia would say of the planned image at its place, and what its code would miss there; nothing where
  // all is well. A path that names nothing may be made at run time: that is a warning. Throws Error
  // (io) where it cannot be told.
  std::optional<Remark> judged_flaw(const ImagePair& pair, const RewritePlan& plan, const std::string& target,
                                    const FileView& view, std::vector<Remark>* warnings = nullptr) {
    const std::string seen = run_.places.seen(target);
    const LibraryView with_library(view, native_library_path(seen, pair.file.prefix), pair.library_path);
    CheckContext context;
    context.view = &with_library;
    context.depots = layers_.paths();
    context.depots.insert(context.depots.begin(), run_.options.to);
    context.expected.stdlib = layers_.stdlib(pair.file.prefix.version);
    context.julia_is_elsewhere = run_.options.bundled.empty();
    context.verify_checksums = false;  // plan_rewrite has done that
    context.content = run_.in_place;
    context.proofs = &run_.proofs;
    context.presences = &run_.presences;
    const auto planned = rewriting::planned_source(pair, plan, target);
    const ImageReport report = check_image(*planned, seen, context);
    if (report.reasons.empty() && report.findings.empty() && !report.unknowns.empty())
      throw Error(ErrorKind::io, report.unknowns[0].message, target);
    if (!report.reasons.empty() || report.verdict != Verdict::fresh)
      return Remark{"stale",
                    report.reasons.empty() ? "Julia would not accept it" : report.reasons[0].message};
    for (const Reason& finding : report.findings) {
      if (finding.code != "constant names nothing")
        return Remark{finding.code == "old paths in payload" ? "constant_would_break" : "stale",
                      finding.message};
      if (warnings != nullptr) warnings->push_back({"constant_names_nothing", finding.message});
    }
    return run_.in_place ? names_dropped_tree(pair) : std::nullopt;
  }

  // Where prune itself drops what the code names (and may have removed it already).
  std::optional<Remark> names_dropped_tree(const ImagePair& pair) {
    if (run_.unusable_packages.empty()) return {};
    AuditRules rules;
    rules.depots = {run_.options.to};
    rules.before = rules.after = &run_.places.view();
    rules.list_all = true;
    rules.most_listed = UINT64_MAX;
    const PayloadAudit audit = audit_payload(
        {pair.file, *pair.ji, pair.library.get(), pair.sums.stored_payload_crc}, rules, run_.presences);
    for (const AuditedPath& path : audit.paths) {
      const std::string now = in_place(path.new_path.empty() ? path.path : path.new_path);
      if (path.kind != OccurrenceKind::path_constant || !is_path_prefix(run_.options.to, now) ||
          now.size() <= run_.options.to.size() + 1)
        continue;
      // A path that was stretched to its place has spare slashes behind the depot's.
      std::string_view tail = std::string_view(now).substr(run_.options.to.size());
      tail.remove_prefix(std::min(tail.find_first_not_of('/'), tail.size()));
      const auto dropped = run_.unusable_packages.find(tree_in_depot(tail));
      if (dropped == run_.unusable_packages.end()) continue;
      if (dropped->second.unknown) throw Error(ErrorKind::io, dropped->second.why, pair.path);
      return Remark{"constant_would_break", fmt::format("its code names \"{}\" in {}, which is not kept: {}",
                                                        path.path, dropped->first, dropped->second.why)};
    }
    return {};
  }

  void write(size_t index, const ImagePair& pair, const RewritePlan& plan, const std::string& target) {
    const std::string folder = graph_.images()[index].ref->folder;
    rewriting::Target where;
    where.ji = target;
    where.folder = make_folders(run_, folder);
    where.options.replace = false;
    where.options.mode = file_mode_in(run_, *where.folder);
    where.keep = Keep{.mode = false, .owner = false, .times = true, .attributes = false};
    where.owner = run_.options.owner;
    Transaction transaction(run_.system);
    const rewriting::Prepared prepared = rewriting::prepare(pair, plan, where, transaction);
    DepotItem& item = items_[index];
    item.target = target;
    item.bytes = prepared.bytes;
    const auto done = [this, index](const Transaction&, const std::exception_ptr& failure) {
      if (failure) note_failure(index, failure);
    };
    batch_.add(std::move(transaction), done, index);
  }

  void note_failure(size_t index, const std::exception_ptr& failure) {
    DepotItem& item = items_[index];
    try {
      std::rethrow_exception(failure);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::conflict) {
        const std::lock_guard lock(names_mutex_);
        contested_.emplace(index, Contested{item.target, remark_of(error)});
        return;  // it stands until it was looked at again: others depend on it
      }
      item.status = DepotItemStatus::failed;
      item.reasons.push_back(remark_of(error));
    }
    item.target.clear();
    item.bytes = 0;
  }

  void report(size_t index) {
    const GraphImage& image = graph_.images()[index];
    if (!in_shard(image)) return;
    DepotItem& item = items_[index];
    if (usable(item.status) && !run_.in_place && run_.writes()) {
      const std::string at_target = item.target.substr(run_.places.to_here().size() + 1);
      if (item.status != DepotItemStatus::already_there) run_.arrived.push_back(at_target);
      if (is_needed_outside(item)) return run_.sink(item);  // --move leaves what others ask for
      run_.note_removable(item, image.ref->relative(),
                          [&] { return stand_in_for_image(run_.system, *run_.to, at_target); });
    }
    run_.sink(item);
  }

  Run& run_;
  Batch batch_;
  const UpperView before_;
  OverlayView overlay_;
  const Layers layers_;
  std::optional<StepMap> map_;  // when the headers are read
  const StepView step_;
  ImageGraph graph_;
  std::mutex publish_mutex_;
  std::map<std::string, bool> known_folders_;  // while the lock is held: whether all in them is known
  GrownSet grown_;
  std::mutex names_mutex_;
  TargetNames names_;
  std::map<size_t, Contested> contested_;
  rewriting::MemoryBudget memory_;
  std::vector<size_t> order_;
  std::vector<DepotItem> items_;
  std::vector<Error> unlisted_;  // folders of the source
};

}  // namespace

void merge_images(Run& run, const std::vector<ImageRef>& images, const std::vector<Error>& problems) {
  ImageMerger(run).merge(images, problems);
}

}  // namespace jireloc::relocating
