// Images: judged in the order of their dependencies, rewritten for the target, published library first.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "bytes/batch.hpp"
#include "jireloc/grown_set.hpp"
#include "relocate/dependents_outside.hpp"
#include "relocate/depot_images.hpp"
#include "relocate/image_verdict.hpp"
#include "relocate/layers.hpp"
#include "relocate/one_look.hpp"
#include "relocate/proven_images.hpp"
#include "relocate/run.hpp"
#include "relocate/step_map.hpp"
#include "relocate/step_view.hpp"
#include "relocate/target_names.hpp"
#include "rewrite/execute.hpp"
#include "rewrite/outside_needs.hpp"

namespace jireloc::relocating {
namespace {

class ImageMerger {
 public:
  ImageMerger(Run& run, const std::vector<ImageRef>& refs, const std::vector<Error>& problems)
      : run_(run),
        batch_(
            run.options.durability, run.system,
            {[this] { return names_.hold_target(); }, [this](size_t image) { names_.require_known(image); }}),
        before_(run),
        unwritten_(run),
        view_(run.writes() ? static_cast<const FileView&>(before_) : unwritten_),
        layers_(run, run.to.get()),
        images_(run, refs, problems, ProvenImages::known_in_source(run)),
        step_(run),
        map_(run, images_.graph().recorded()),
        proven_(run, images_, map_, layers_.paths(), grown_),
        verdict_(run, layers_, problems, {rewrite_options()}),
        names_(run, images_.graph(), inventory_of_target(), proven_.twin_of()) {
    layers_.add_images(refs, images_.graph());
    if (is_part_ && images_.graph().lacks_any()) names_.add_rest(whole_target());
    images_.close();
  }

  void merge() {
    proven_.look_at_others([this](size_t image) { return names_.same_build(images_.image(image)); });
    for (const std::vector<size_t>& level : images_.levels()) images_.judge_level(level, judge_, is_settled_);
    std::exception_ptr failure;
    try {
      batch_.finish();
      for (int round = 0; round < kMostRounds && !names_.contests().empty(); ++round) {
        for (const size_t image : names_.look_again()) images_.judge_again(image, judge_);
        batch_.finish();
      }
    } catch (...) {
      failure = std::current_exception();  // everything is in place then: said before the error ends the run
    }
    give_up_contested();
    for (const size_t image : images_.order()) report(image);
    if (failure) std::rethrow_exception(failure);
  }

 private:
  // How often an image is looked at again because another run has put something in its folder meanwhile.
  static constexpr int kMostRounds = 5;

  // Of a target with many packages, what stands where ours come to, and where Julia would look for what they
  // need. The whole one tells who else asks for a build that growth replaces; and where what is needed is in
  // none of these places, whether it is anywhere.
  Inventory inventory_of_target() {
    if (!run_.to) return {};
    if (may_grow_) return whole_target();
    Inventory part = list_images_in(run_.system, *run_.to, images_.graph().folders_of_interest(),
                                    known_in_target(), run_.options.jobs);
    if (!part.problems.empty()) return whole_target();
    is_part_ = true;
    return part;
  }

  Inventory whole_target() {
    Inventory there = take_inventory(run_.system, *run_.to, kGrace, run_.options.jobs, known_in_target());
    images_.add_unreadable(there.problems, *run_.to);
    return there;
  }

  KnownFolders* known_in_target() { return run_.proven ? &run_.proven->in_target() : nullptr; }

  RewriteOptions rewrite_options() {
    may_grow_ = may_grow(run_.options, map_.map());
    RewriteOptions options;
    options.map = map_.map();
    options.keep_paths = map_.keep_paths();
    options.mtime = MtimePolicy::files;
    options.payload = run_.options.payload;
    options.aliases = run_.aliases;
    options.longer = run_.options.longer;
    options.keep_code = run_.options.keep_code;
    options.spelling = run_.options.spelling;
    options.grown = &grown_;
    options.experimental = run_.options.experimental;
    options.moved_paths = run_.options.moved_paths;
    options.keep_absent_stdlib = true;
    options.after_view = &step_;
    options.makes_target = true;
    return options;
  }

  void give_up_contested() {
    for (const auto& [index, contest] : names_.contests()) {
      DepotItem& item = images_.item(index);
      item.status = DepotItemStatus::conflict;
      item.reasons.push_back(contest.why);
      item.target.clear();
      item.bytes = 0;
    }
  }

  void judge(size_t index, DepotItem& item, const ImagePair& pair, uint64_t largest) {
    const GraphImage& image = images_.image(index);
    const OneLook view(view_);
    const auto plan = verdict_.plan(pair, view, item);
    if (!plan) return note_developed(item, pair.file);
    if (const auto there = names_.same_build(image)) {
      if (names_.is_coming(*there)) return leave_to_twin(index, item, *there);
      if (is_sound(*there, item, largest)) return;
    } else if (const std::string* hidden =
                   images_.graph().unreadable_in(run_.places.to_here() + "/" + image.ref->folder);
               hidden != nullptr) {
      return refuse(
          item,
          {{{Code::target_unknown,
             fmt::format("whether the target has it is not known: {} could not be looked at", *hidden)}},
           true});
    }
    if (plan->payload.growth && settle_growth(image, item, pair, *plan->payload.growth, largest)) return;
    const std::string target = names_.free_name(image);
    if (target.empty()) {
      refuse(item, {{{Code::conflict,
                      "the target has another image of that name, and this Julia looks for no other name"}}});
      item.status = DepotItemStatus::conflict;
      return;
    }
    if (const auto flaw = verdict_.flaw(pair, *plan, target, view, &item.warnings))
      return refuse(item, {{*flaw}});
    item.status =
        plan->status == RewriteStatus::rewritten ? DepotItemStatus::relocated : DepotItemStatus::merged;
    if (run_.writes()) return write(index, item, pair, *plan, target);
    names_.take(image, target);
  }

  // Another image of this run has the same build, and comes to the same folder.
  void leave_to_twin(size_t index, DepotItem& item, const std::string& there) {
    item.status = DepotItemStatus::already_there;
    item.target = there;
    if (run_.writes())
      names_.contest(index, {{}, {Code::conflict, there + " of the same build did not come to stand there"}});
  }

  // Where what stops an image is that its own source, the first that it records, is no installed package's
  // (Pkg.develop, or a project of its own): such images are for nobody else.
  static void note_developed(DepotItem& item, const CacheFile& file) {
    const Code stopped_by = item.reasons.at(0).code;
    if (stopped_by != Code::outside_depots && stopped_by != Code::unproven_absent) return;
    const auto own = std::find_if(file.dependencies.begin(), file.dependencies.end(),
                                  [](const Dependency& entry) { return !entry.is_require(); });
    if (own == file.dependencies.end() || package_folder_of(own->path)) return;
    item.reasons.insert(
        item.reasons.begin(),
        {Code::developed,
         fmt::format("it was compiled from {}, which belongs to no package that Pkg has installed",
                     own->path)});
  }

  // Whether the target's image of the same build will do. If not it stays, and ours gets a name beside it:
  // Julia takes whichever it accepts.
  bool is_sound(const std::string& there, DepotItem& item, uint64_t largest) {
    const std::string flaw = verdict_.flaw_at_target(*run_.to, there, largest);
    if (flaw.empty()) {
      item.status = DepotItemStatus::already_there;
      item.target = there;
      return true;
    }
    item.warnings.push_back(
        {Code::unsound_at_target, fmt::format("{} has the same build, but {}", there, flaw)});
    return false;
  }

  // From here on dependents are given the new identity, where there is one. True where the target has the
  // very image: growth gives the same bytes each time.
  bool settle_growth(const GraphImage& image, DepotItem& item, const ImagePair& pair,
                     const PayloadGrowth& growth, uint64_t largest) {
    grown_.add(pair.file, growth);
    if (growth.checksum) {
      note_outside_dependents(image, item);
      const auto there = same_grown_build(image, pair, *growth.checksum);
      if (there && is_sound(*there, item, largest)) return true;
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
  void note_outside_dependents(const GraphImage& image, DepotItem& item) {
    std::vector<std::string> paths;
    for (const size_t dependent : images_.graph().outside_dependents(image))
      paths.push_back(images_.image(dependent).path);
    if (paths.empty()) return;
    item.warnings.push_back(
        {Code::dependent_outside,
         fmt::format("its texts grow under a new build id, and the target will not have the old one, for "
                     "which these ask: {}; Julia will compile them again",
                     rewriting::some_of(paths)),
         {},
         fix::Choose{Setting::alias}});
  }

  static bool is_needed_outside(const DepotItem& item) {
    return std::any_of(item.warnings.begin(), item.warnings.end(),
                       [](const Reason& warning) { return warning.code == Code::dependent_outside; });
  }

  std::optional<std::string> same_grown_build(const GraphImage& image, const ImagePair& pair,
                                              uint64_t checksum) {
    if (pair.file.worklist.empty()) return {};
    const WorklistModule& module = pair.file.worklist[0];
    return names_.same_build(image, {module.name, module.uuid, checksum, module.build_id});
  }

  void write(size_t index, DepotItem& item, const ImagePair& pair, const RewritePlan& plan,
             const std::string& target) {
    rewriting::Target where;
    where.ji = target;
    where.folder = make_folders(run_, images_.image(index).ref->folder);
    where.options.replace = false;
    where.options.mode = file_mode_in(run_, *where.folder);
    where.keep = Keep{.mode = false, .owner = false, .times = true, .attributes = false};
    where.owner = run_.options.owner;
    where.read_back = run_.options.durability != Durability::none || run_.options.move;
    Transaction transaction(run_.system);
    const rewriting::Prepared prepared = rewriting::prepare(pair, plan, where, transaction);
    item.target = target;
    item.bytes = prepared.bytes;
    names_.take(images_.image(index), target);
    const auto done = [this, index](const Transaction&, const std::exception_ptr& failure) {
      if (failure) note_failure(index, failure);
    };
    batch_.add(std::move(transaction), done, index);
  }

  void note_failure(size_t index, const std::exception_ptr& failure) {
    DepotItem& item = images_.item(index);
    try {
      std::rethrow_exception(failure);
    } catch (const Error& error) {
      // It stands until it was looked at again: others depend on it.
      if (error.kind() == ErrorKind::conflict) return names_.contest(index, {item.target, error.reason()});
      item.status = DepotItemStatus::failed;
      item.reasons.push_back(error.reason());
    }
    names_.forget(images_.image(index), item.target);
    item.target.clear();
    item.bytes = 0;
  }

  void report(size_t index) {
    if (!images_.in_shard(index)) return;
    DepotItem& item = images_.item(index);
    if (usable(item.status) && run_.writes()) {
      const std::string at_target = item.target.substr(run_.places.to_here().size() + 1);
      if (item.status != DepotItemStatus::already_there) run_.arrived.push_back(at_target);
      if (is_needed_outside(item)) return run_.sink(item);  // --move leaves what others ask for
      run_.note_removable(item, images_.image(index).ref->relative(),
                          [&] { return stand_in_for_image(run_.system, *run_.to, at_target); });
    }
    run_.sink(item);
  }

  Run& run_;
  Batch batch_;
  const UpperView before_;
  const UnwrittenView unwritten_;
  const FileView& view_;
  const Layers layers_;
  DepotImages images_;
  const StepView step_;
  GrownSet own_grown_;
  GrownSet& grown_ = run_.grown != nullptr ? *run_.grown : own_grown_;
  const StepMap map_;
  ProvenImages proven_;
  bool may_grow_ = true;  // set with the options of rewriting
  bool is_part_ = false;  // of the target, not all was listed
  const ImageVerdict verdict_;
  TargetNames names_;
  const DepotImages::Judge judge_ = [this](size_t index, DepotItem& item, const ImagePair& pair,
                                           uint64_t largest) {
    proven_.watch(index, pair.file, [&] { judge(index, item, pair, largest); });
  };
  const DepotImages::IsSettled is_settled_ = [this](size_t index, DepotItem& item) {
    return proven_.is_settled(index, names_.same_build(images_.image(index)), item);
  };
};

}  // namespace

void merge_images(Run& run, const std::vector<ImageRef>& images, const std::vector<Error>& problems) {
  ImageMerger(run, images, problems).merge();
}

}  // namespace jireloc::relocating
