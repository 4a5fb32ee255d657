#include "rewrite/header_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace jireloc::rewriting {
namespace {

// What stands in the way, gathered over all sources of an image: one sentence a kind, with the first as
// example.
struct Trouble {
  uint64_t count = 0;
  std::string first_path, first_reason;
  Fix fix;  // of the first
  void add(const std::string& path, const std::string& reason, const Fix& help = {}) {
    if (count++ == 0) {
      first_path = path;
      first_reason = reason;
      fix = help;
    }
  }
};

class HeaderPlanner {
 public:
  HeaderPlanner(const ImagePair& image, const RewriteOptions& options, const PathMap& map,
                const FileView& view, ProofCache& proofs, RewritePlan& plan)
      : image_(image), options_(options), map_(map), view_(view), proofs_(proofs), plan_(plan) {}

  bool run() {
    for (size_t i = 0; i < plan_.after.dependencies.size(); ++i)
      if (!plan_.after.dependencies[i].is_require())
        plan_entry(image_.file.dependencies[i], plan_.after.dependencies[i]);
    std::vector<std::string> texts = rename_texts();
    if (!judge()) return false;
    plan_.header_changes = plan_.paths_changed + plan_.mtimes_changed != 0 || texts_changed_;
    if (plan_.header_changes) place(plan_.after, texts);
    return true;
  }

 private:
  void plan_entry(const Dependency& original, Dependency& entry) {
    const std::string& recorded = original.path;
    std::optional<PathMap::Match> match = map_.apply(recorded);
    if (const PathMapping* mapping = map_.find(recorded); mapping != nullptr) use(mapping);
    if (match && stays(*match->mapping, recorded, match->path)) {
      renamed_[recorded] = recorded;
      match.reset();
    }
    if (match) {
      entry.path = spelled(match->path, *match->mapping);
      if (entry.path != recorded) ++plan_.paths_changed;
      renamed_[recorded] = entry.path;
    }
    const bool takes_time =
        options_.mtime == MtimePolicy::files && entry.mtime >= 0 && !entry.is_depot_relative();
    if (!match && !takes_time) return;
    const std::string new_place = match ? match->path : recorded;
    const FileStatus status = view_.status(new_place);
    if (status.is_unknown()) return unknown_.add(new_place, std::strerror(status.problem));
    if (!status.exists()) {
      // A dependency that was missing when it was compiled is as it was (mtime 0.0).
      if (entry.mtime == 0.0 || (options_.keep_absent_stdlib && is_of_stdlib(recorded))) return;
      // Only there it decides anything.
      if (options_.mtime == MtimePolicy::files && !is_certainly_absent(new_place)) return;
      ++plan_.sources_absent;
      absent_.add(new_place, "is not there");
      return;
    }
    prove_entry(original, new_place, status, match.has_value());
    if (takes_time && status.mtime != entry.mtime) {
      entry.mtime = status.mtime;
      ++plan_.mtimes_changed;
    }
  }

  bool is_certainly_absent(const std::string& path) {
    try {
      view_.require_absent(path);
      return true;
    } catch (const Error& problem) {
      unknown_.add(path, problem.what());
      return false;
    }
  }

  static bool is_of_stdlib(std::string_view recorded) {
    return recorded.find("/share/julia/stdlib/v") != std::string_view::npos;
  }

  // A place mapped onto itself, and a source of Julia's own that a depot does not take along (juliaup keeps
  // Julia below the depot).
  bool stays(const PathMapping& mapping, const std::string& recorded, const std::string& new_place) {
    if (mapping.from == mapping.to) return true;
    return is_of_stdlib(recorded) && (options_.keep_absent_stdlib || view_.status(recorded).exists()) &&
           !view_.status(new_place).exists();
  }

  void prove_entry(const Dependency& original, const std::string& new_place, const FileStatus& status,
                   bool moved) {
    std::optional<std::string> old_place;
    std::optional<Error> hidden;  // why what lies at the old place, one proof of several, cannot be looked at
    try {
      if (moved && original.path != new_place) old_place = view_.actual(original.path);
    } catch (const Error& error) {
      hidden = error;
    }
    std::string actual = view_.actual(new_place);
    const Proof proof = prove(image_.file, original, actual, status, old_place, proofs_);
    // The code may name it too.
    if (options_.presences != nullptr) options_.presences->note_there(std::move(actual));
    if (proof.proven()) {
      ++plan_.sources_proven;
    } else if (proof.unknown || hidden) {
      unknown_.add(new_place, proof.unknown ? proof.reason : hidden->what(), proof.fix);
    } else {
      ++plan_.sources_unproven;
      unproven_.add(new_place, proof.reason);
    }
  }

  // The mapped path as the image shall spell it: below a depot it can be "@depot/...".
  std::string spelled(const std::string& path, const PathMapping& mapping) const {
    if (!options_.depot_relative || !image_.file.layout->content_tracking) return path;
    for (const std::string& depot : options_.depots)
      if (is_path_prefix(depot, path)) return "@depot" + path.substr(depot.size());
    if (options_.depots.empty() && is_path_prefix(mapping.to, path))
      return "@depot" + path.substr(mapping.to.size());
    return path;
  }

  // Source texts are found by name from the dependency list, so both change alike. A text without an entry
  // (none is known) follows the map too.
  std::vector<std::string> rename_texts() {
    std::vector<std::string> names;
    for (const SourceText& text : image_.file.source_texts) {
      std::string name = text.path;
      if (const auto known = renamed_.find(name); known != renamed_.end()) {
        name = known->second;
      } else if (const auto match = map_.apply(name)) {
        use(match->mapping);
        name = spelled(match->path, *match->mapping);
      }
      texts_changed_ |= name != text.path;
      names.push_back(std::move(name));
    }
    return names;
  }

  // What could not be looked at speaks neither for nor against the image; what speaks against it counts all
  // the same.
  bool judge() {
    plan_.sources_unknown = unknown_.count;
    if (unknown_.count != 0 && unproven_.count == 0 && !options_.force_unproven) {
      plan_.status = RewriteStatus::failed;
      plan_.reasons.push_back(
          {Code::source_unknown, fmt::format("{} of its sources could not be looked at; the first is {}: {}",
                                             unknown_.count, unknown_.first_path, unknown_.first_reason),
           unknown_.first_path, unknown_.fix});
      return false;
    }
    if (unproven_.count != 0) {
      const Reason reason{Code::unproven,
                          fmt::format("{} of its sources cannot be proven to be the ones it was compiled "
                                      "from; the first is {}: {}",
                                      unproven_.count, unproven_.first_path, unproven_.first_reason)};
      plan_.reasons.push_back(reason);
      if (!options_.force_unproven) return skip();
    }
    if (absent_.count != 0) {
      plan_.reasons.push_back(
          {Code::unproven_absent,
           fmt::format("{} of its sources are not at their new place, so nothing proves them; the "
                       "first is {}",
                       absent_.count, absent_.first_path)});
      if (options_.mtime == MtimePolicy::files && !options_.force_unproven) return skip();
    }
    return true;
  }

  bool skip() {
    plan_.status = RewriteStatus::skipped;
    return false;
  }

  void use(const PathMapping* mapping) {
    auto& used = plan_.mappings_used;
    if (std::find(used.begin(), used.end(), *mapping) == used.end()) used.push_back(*mapping);
  }

  const ImagePair& image_;
  const RewriteOptions& options_;
  const PathMap& map_;
  const FileView& view_;
  ProofCache& proofs_;
  RewritePlan& plan_;
  std::map<std::string, std::string> renamed_;
  Trouble unproven_, absent_, unknown_;
  bool texts_changed_ = false;
};

}  // namespace

bool plan_header(const ImagePair& image, const RewriteOptions& options, const PathMap& map,
                 const FileView& view, ProofCache& proofs, RewritePlan& plan) {
  return HeaderPlanner(image, options, map, view, proofs, plan).run();
}

}  // namespace jireloc::rewriting
