// The audit of a payload's paths: what each names, whether that is there, and what follows.
#include <fmt/format.h>

#include <algorithm>

#include "jireloc/error.hpp"
#include "jireloc/payload_audit.hpp"
#include "payload/moves.hpp"
#include "payload/objects.hpp"
#include "payload/paths_in_text.hpp"
#include "payload/prefix_table.hpp"
#include "payload/recorded.hpp"
#include "payload/strings.hpp"
#include "payload/text.hpp"

namespace jireloc::payload {
namespace {

constexpr int kMostFolders = 64;  // above a path that are asked whether they are a Julia's

// The parts of an installation whose paths name no installation that could be asked.
bool names_part_of_julia(std::string_view path) {
  for (const std::string_view part : {"/share/julia/stdlib/v", "/share/julia/base/", "/share/julia/test/"}) {
    if (path.find(part) != std::string_view::npos) return true;
  }
  return false;
}

// Since 1.10 Strings lie in the const data alone (jl_write_values, src/staticdata.c); of development builds
// it is not known.
bool has_strings_in_sysdata(const CacheFile& file) {
  try {
    return JuliaVersion::parse(file.prefix.version) < JuliaVersion::parse("1.10.0");
  } catch (const Error&) {
    return true;
  }
}

class Auditor {
 public:
  Auditor(const OpenPayload& open, const CacheFile& file, const AuditRules& rules, PresenceCache& presences)
      : open_(open),
        file_(file),
        rules_(rules),
        recorded_(file),
        looks_{rules, presences},
        moves_(open, file, looks_, audit_) {}

  PayloadAudit run() {
    for (const Region& region : open_.regions) {
      if (region.kind == RegionKind::sysdata && !has_strings_in_sysdata(file_)) continue;
      for_each_string(region, open_.pointer_size, [&](Extent text, std::string_view bytes) {
        for_each_path(bytes, moves_.roots(),
                      [&](const PathInText& path) { judge(region, text, bytes, path); });
      });
    }
    if (audit_.below_root != 0) list_below_root();
    return std::move(audit_);
  }

 private:
  struct Placed : AuditedPath {
    bool is_former = false, is_below_root = false;
    bool waits_for_target = false;  // nothing of the new place is there yet
  };

  void judge(const Region& region, Extent text, std::string_view bytes, const PathInText& in_text) {
    Placed path = place(std::string(bytes.substr(in_text.begin, in_text.end - in_text.begin)));
    path.whole = in_text.whole;
    if (in_text.perhaps_end != 0) {
      Placed longer = place(std::string(bytes.substr(in_text.begin, in_text.perhaps_end - in_text.begin)));
      longer.whole = true;
      const auto is_there = [](const Placed& candidate, bool at_first) {
        return (at_first ? candidate.before : candidate.after) == Presence::there;
      };
      if (is_there(longer, true) || (!is_there(path, true) && is_there(longer, false)))
        path = std::move(longer);
    }
    path.file = region.file;
    path.section = region.name;
    path.offset = text.offset + in_text.begin;
    if (path.place == PathPlace::elsewhere && is_noise(path)) return;
    if (path.whole && names_source(path.path)) path.kind = OccurrenceKind::recorded_source;
    settle(path);
    keep(std::move(path));
  }

  // "</a>", "/regex/": words of a text rather than paths.
  static bool is_noise(const AuditedPath& path) {
    return !path.whole && path.before == Presence::absent && path.path.find('/', 1) == std::string::npos;
  }

  bool names_source(const std::string& path) const {
    return recorded_.names_one(path, depot_relative_part(path));
  }

  Placed place(std::string named) {
    const std::string normal = paths::trimmed(collapse_separators(named));
    Placed path;
    path.path = std::move(named);
    const Move* move = moves_.of(normal);
    if (move == nullptr || move->mapping.from == move->mapping.to) return unmoved(std::move(path), normal);
    const auto& [from, to] = move->mapping;
    const std::string goes_to = to + normal.substr(from.size());
    path.is_former = move->kind == Move::Kind::former;
    path.before = looks_.before(path.is_former ? move->now + normal.substr(from.size()) : normal);
    path.after =
        move->kind == Move::Kind::told ? Presence::there : looks_.after(goes_to.empty() ? "/" : goes_to);
    if (from.empty()) note_below_root(normal, path.after == Presence::there ? goes_to : normal);
    if (from.empty() && path.after != Presence::there) return unmoved(std::move(path), normal);
    const bool goes_away = path.before == Presence::there && path.after == Presence::absent;
    if (goes_away && !path.is_former && belongs_to_julia(normal, from)) {
      path.place = PathPlace::julia;
      path.after = path.before;
      return path;
    }
    path.place = path.is_former ? PathPlace::other_depot : PathPlace::old_depot;
    path.new_path = goes_to.empty() ? "/" : goes_to;
    path.is_below_root = from.empty();
    path.waits_for_target = goes_away && !path.is_former && !rules_.makes_target && !to.empty() &&
                            looks_.after(to) == Presence::absent;
    return path;
  }

  void note_below_root(const std::string& path, const std::string& goes_to) {
    if (path != "/" && below_root_.size() <= kMostBelowRoot) below_root_.emplace(path, goes_to);
  }

  // What does not move needs no word unless it lies below what does.
  void list_below_root() {
    if (below_root_.size() > kMostBelowRoot) return audit_.below_root_maps.clear();
    PrefixTable<bool> moving;
    for (const auto& [path, goes_to] : below_root_)
      if (path != goes_to) moving.add(path, true);
    for (const auto& [path, goes_to] : below_root_)
      if (!moves_.lies_in_root_place(path) && (path != goes_to || moving.holds(path)))
        audit_.below_root_maps.push_back({path, goes_to});
  }

  Placed unmoved(Placed path, const std::string& normal) {
    path.before = path.after = looks_.before(normal);
    path.place = place_of_unmoved(normal);
    return path;
  }

  PathPlace place_of_unmoved(const std::string& path) const {
    if (moves_.is_target(path)) return PathPlace::target;
    for (const std::string& depot : rules_.depots) {
      if (is_path_prefix(depot, path)) return PathPlace::target;
    }
    if (names_part_of_julia(path)) return PathPlace::julia;
    return moves_.is_recorded(path) ? PathPlace::other_depot : PathPlace::elsewhere;
  }

  // Julia's own installation does not move with a depot that it lies in (juliaup keeps it there).
  bool belongs_to_julia(const std::string& path, const std::string& depot) {
    const auto found = [&](std::string root) {
      if (std::find(audit_.stays.begin(), audit_.stays.end(), root) == audit_.stays.end())
        audit_.stays.push_back(std::move(root));
      return true;
    };
    if (const std::string juliaup = depot + "/juliaup"; is_path_prefix(juliaup, path)) return found(juliaup);
    std::string folder = path;
    for (int k = 0; k < kMostFolders && folder.size() > depot.size(); ++k) {
      if (looks_.before(folder + "/bin/julia") == Presence::there) return found(folder);
      folder.resize(std::min(folder.size(), folder.rfind('/')));
    }
    return false;
  }

  void settle(Placed& path) {
    PathFacts facts;
    facts.moves = !path.new_path.empty();
    facts.former = path.is_former;
    facts.before = path.before;
    facts.after = path.after;
    path.outcome = what_follows(facts);
    if (path.outcome == PathOutcome::would_break && path.waits_for_target) {
      path.outcome = PathOutcome::absent_before;
      ++audit_.not_there_yet;
    }
    // Whether the sources themselves are there is what the header's part of a plan asks.
    if (path.kind == OccurrenceKind::recorded_source &&
        (path.outcome == PathOutcome::would_break || path.outcome == PathOutcome::unknown))
      path.outcome = PathOutcome::absent_before;
    if (facts.moves && path.is_below_root) ++audit_.below_root;
  }

  void keep(AuditedPath path) {
    const auto number = static_cast<size_t>(path.outcome);
    if (audit_.outcomes[number]++ == 0) audit_.first[number] = path;
    if (!rules_.depots.empty() && path.whole && path.before == Presence::absent &&
        path.kind == OccurrenceKind::path_constant &&
        (path.place == PathPlace::target || path.place == PathPlace::other_depot)) {
      if (audit_.absent_now++ == 0) audit_.first_absent = path;
    }
    const bool quiet = path.outcome == PathOutcome::stays || path.outcome == PathOutcome::rewritten;
    if ((rules_.list_all || !quiet) && audit_.paths.size() < rules_.most_listed)
      audit_.paths.push_back(std::move(path));
  }

  const OpenPayload& open_;
  const CacheFile& file_;
  const AuditRules& rules_;
  const RecordedSources recorded_;
  const Looks looks_;
  PayloadAudit audit_;
  const Moves moves_;
  std::map<std::string, std::string>
      below_root_;  // paths that a map of the root speaks of, and where they go
};

}  // namespace
}  // namespace jireloc::payload

namespace jireloc {

PayloadAudit audit_payload(const PayloadInput& input, const AuditRules& rules, PresenceCache& presences,
                           const PayloadOptions& options) {
  const payload::Opened open(input, options);
  PayloadAudit audit = payload::Auditor(*open, input.file, rules, presences).run();
  if (!open->place) audit.problem = open->obstacle ? open->obstacle->message : "the image has no payload";
  return audit;
}

}  // namespace jireloc
