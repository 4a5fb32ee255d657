// The audit of a payload's paths: what each names, whether that is there, and what follows.
#include <fmt/format.h>

#include <algorithm>

#include "jireloc/error.hpp"
#include "jireloc/payload_audit.hpp"
#include "payload/objects.hpp"
#include "payload/paths_in_text.hpp"
#include "payload/prefix_table.hpp"
#include "payload/recorded.hpp"
#include "payload/scan.hpp"
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

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
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
      : open_(open), file_(file), rules_(rules), presences_(presences), recorded_(file) {
    for (const PathMapping& move : rules.moves) moves_.push_back({move, Kind::move});
    for (const PathMapping& move : rules.moved) moves_.push_back({move, Kind::told});
    for (const std::string& place : rules.stays) moves_.push_back({{place, place}, Kind::move});
    given_ = moves_.size();
    for (const Move& move : moves_) speak_of(move.mapping);
  }

  PayloadAudit run() {
    place_recorded();
    std::stable_sort(moves_.begin(), moves_.end(), [](const Move& a, const Move& b) {
      return a.mapping.from.size() > b.mapping.from.size();
    });
    for (size_t k = 0; k < moves_.size(); ++k) {
      const auto& [from, to] = moves_[k].mapping;
      move_numbers_.add(from, k);
      if (!to.empty() && from != to) targets_.add(to, true);
      // All others are a part of what looks like a path.
      if (!std::all_of(from.begin(), from.end(),
                       [](char byte) { return is_name_byte(static_cast<unsigned char>(byte)); }))
        roots_.push_back(from);
    }
    for (const Region& region : open_.regions) {
      if (region.kind == RegionKind::sysdata && !has_strings_in_sysdata(file_)) continue;
      for_each_string(region, open_.pointer_size, [&](Extent text, std::string_view bytes) {
        for_each_path(bytes, roots_, [&](const PathInText& path) { judge(region, text, bytes, path); });
      });
    }
    if (audit_.below_root != 0) list_below_root();
    return std::move(audit_);
  }

 private:
  enum class Kind { move, told, former };
  struct Move {
    PathMapping mapping;
    Kind kind = Kind::move;
    std::string now = {};  // of a former place: where what lay there is before the step
  };

  const FileView& before_view() const { return rules_.before != nullptr ? *rules_.before : plain_; }
  const FileView& after_view() const { return rules_.after != nullptr ? *rules_.after : plain_; }
  Presence before(const std::string& path) { return presences_.look(before_view(), path); }
  Presence after(const std::string& path) { return presences_.look(after_view(), path); }

  // ---- Places that the image itself records

  // What was below recorded places when the image was compiled, relative to them: files of the package whose
  // root one is, by the root's name, else packages of a depot.
  struct Tails {
    std::vector<std::string> of_depot;
    std::map<std::string, std::vector<std::string>> of_root;
    std::set<std::string>
        roots;  // places below which the header names files, none of them in a depot's packages
  };

  Tails tails_of(const std::set<std::string>& places) const {
    Tails tails;
    for (const Landmark& mark : landmarks(file_)) {
      if (mark.kept.empty()) {
        tails.of_depot.push_back(mark.path);
      } else {
        tails.of_root[mark.kept].push_back(mark.path.substr(mark.kept.size()));
      }
    }
    std::set<std::string> depots;
    for (const Dependency& dependency : file_.dependencies) {
      if (dependency.is_require() || dependency.path.size() > kLongestPath) continue;
      const std::string path = collapse_separators(dependency.path);
      const size_t in_depot = path.size() - depot_relative_part(path).size();
      for (size_t end = path.size(); end != 0 && end != std::string::npos;
           end = path.find_last_of("/\\", end - 1)) {
        const std::string place = path.substr(0, end);
        if (!places.contains(place) || !is_path_prefix(place, path)) continue;
        (end == in_depot ? depots : tails.roots).insert(place);
      }
    }
    for (const std::string& depot : depots) tails.roots.erase(depot);
    return tails;
  }

  static const std::vector<std::string>& tails_at(const Tails& tails, const std::string& place) {
    static const std::vector<std::string> none;
    const size_t last = place.find_last_of(paths::separators(place));
    const auto named = tails.of_root.find(last == std::string::npos ? place : place.substr(last));
    if (named != tails.of_root.end()) return named->second;
    return tails.roots.contains(place) ? none : tails.of_depot;
  }

  bool any_there(const FileView& view, const std::string& place, const std::vector<std::string>& tails) {
    return std::any_of(tails.begin(), tails.end(), [&](const std::string& tail) {
      return presences_.look(view, place + tail) == Presence::there;
    });
  }
  bool all_absent(const FileView& view, const std::string& place, const std::vector<std::string>& tails) {
    return std::all_of(tails.begin(), tails.end(), [&](const std::string& tail) {
      return presences_.look(view, place + tail) == Presence::absent;
    });
  }

  // A place that the map says nothing of is a former one where what lay there is gone, and is found where the
  // depot of now will be; or it is another name of the depot of now.
  void place_recorded() {
    const std::set<std::string>& places = recorded_places(open_, file_);
    if (places.empty()) return;
    const Tails tails = tails_of(places);
    for (const std::string& place : places) {
      if (is_spoken_of(place) || moves_with_root(place)) continue;
      recorded_places_.add(place, true);
      const std::vector<std::string>& known_tails = tails_at(tails, place);
      if (known_tails.empty()) continue;
      if (const auto to = target_of_same_folder(place); to) {
        add_former(place, *to, place);
      } else if (all_absent(before_view(), place, known_tails)) {
        find_depot_of_now(place, known_tails);
      }
    }
  }

  bool is_spoken_of(const std::string& place) const {
    return spoken_of_.holds(place) ||
           std::any_of(rules_.depots.begin(), rules_.depots.end(),
                       [&](const std::string& depot) { return is_path_prefix(depot, place); });
  }

  // What is below a recorded place goes with it, as below the OLD of any other map.
  bool moves_with_root(const std::string& place) {
    const auto root = std::find_if(moves_.begin(), moves_.end(),
                                   [](const Move& move) { return move.mapping.from.empty(); });
    if (root == moves_.end() || after(root->mapping.to + place) != Presence::there) return false;
    root_places_.add(place, true);
    audit_.below_root_maps.push_back({place, root->mapping.to + place});
    return true;
  }

  void speak_of(const PathMapping& mapping) {
    if (!mapping.from.empty()) spoken_of_.add(mapping.from, true);
    if (!mapping.to.empty()) spoken_of_.add(mapping.to, true);
  }

  void add_former(const std::string& place, const std::string& to, const std::string& now) {
    audit_.former.push_back({place, to});
    moves_.push_back({{place, to}, Kind::former, now});
    speak_of({place, to});
  }

  std::optional<std::string> target_of_same_folder(const std::string& place) const {
    for (size_t k = 0; k < given_; ++k) {
      const Move& move = moves_[k];
      if (move.kind != Kind::move || move.mapping.from.empty() || move.mapping.from == move.mapping.to)
        continue;
      if (file_status(before_view().actual(place))
              .same_file(file_status(before_view().actual(move.mapping.from))))
        return move.mapping.to;
    }
    return {};
  }

  void find_depot_of_now(const std::string& place, const std::vector<std::string>& known_tails) {
    for (size_t k = 0; k < given_; ++k) {
      const auto [from, to] = moves_[k].mapping;
      if (moves_[k].kind != Kind::move || from.empty() || to.empty() || from == to) continue;
      if (any_there(after_view(), to, known_tails)) return add_former(place, to, from);
    }
    for (const std::string& depot : rules_.depots) {
      if (any_there(before_view(), depot, known_tails)) return add_former(place, depot, depot);
    }
  }

  // ---- One path

  struct Placed : AuditedPath {
    bool is_former = false, is_below_root = false;
    bool waits_for_target = false;  // nothing of the new place is there yet
  };

  const Move* move_of(std::string_view path) const {
    const size_t* number = move_numbers_.longest(path);
    return number == nullptr ? nullptr : &moves_[*number];
  }

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
    const std::string normal = without_trailing_slashes(collapse_separators(named));
    Placed path;
    path.path = std::move(named);
    const Move* move = move_of(normal);
    if (move == nullptr || move->mapping.from == move->mapping.to) return unmoved(std::move(path), normal);
    const auto& [from, to] = move->mapping;
    const std::string goes_to = to + normal.substr(from.size());
    path.is_former = move->kind == Kind::former;
    path.before = before(path.is_former ? move->now + normal.substr(from.size()) : normal);
    path.after = move->kind == Kind::told ? Presence::there : after(goes_to.empty() ? "/" : goes_to);
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
    path.waits_for_target =
        goes_away && !path.is_former && !rules_.makes_target && !to.empty() && after(to) == Presence::absent;
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
      if (!root_places_.holds(path) && (path != goes_to || moving.holds(path)))
        audit_.below_root_maps.push_back({path, goes_to});
  }

  Placed unmoved(Placed path, const std::string& normal) {
    path.before = path.after = before(normal);
    path.place = place_of_unmoved(normal);
    return path;
  }

  PathPlace place_of_unmoved(const std::string& path) const {
    if (targets_.holds(path)) return PathPlace::target;
    for (const std::string& depot : rules_.depots) {
      if (is_path_prefix(depot, path)) return PathPlace::target;
    }
    if (names_part_of_julia(path)) return PathPlace::julia;
    return recorded_places_.holds(path) ? PathPlace::other_depot : PathPlace::elsewhere;
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
      if (before(folder + "/bin/julia") == Presence::there) return found(folder);
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
  PresenceCache& presences_;
  const RecordedSources recorded_;
  static const FileView plain_;
  std::vector<Move> moves_;  // the longest `from` first
  size_t given_ = 0;         // those that were asked for: the first, until they are sorted
  std::vector<std::string> roots_;
  PrefixTable<bool> spoken_of_, targets_, recorded_places_;
  PrefixTable<size_t> move_numbers_;
  PrefixTable<bool> root_places_;  // recorded places that a map of the root moves
  std::map<std::string, std::string>
      below_root_;  // paths that a map of the root speaks of, and where they go
  PayloadAudit audit_;
};

const FileView Auditor::plain_{};

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
