// What follows for a path of a payload, and the names of the values.
#include "base/names.hpp"
#include "jireloc/payload_audit.hpp"

namespace jireloc {

PathOutcome what_follows(const PathFacts& facts) noexcept {
  using enum PathOutcome;
  if (!facts.moves) return stays;
  const PathOutcome found = facts.former ? former_place : rewritten;
  const PathOutcome rows[3][3] = {
      // after:  absent  there  unknown
      {absent_before, found, unknown},  // before: absent
      {would_break, found, unknown},    // there
      {unknown, found, unknown},        // unknown
  };
  return rows[static_cast<size_t>(facts.before)][static_cast<size_t>(facts.after)];
}

std::string_view name(Presence presence) noexcept {
  using enum Presence;
  constexpr Named<Presence> kNames[] = {{absent, "absent"}, {there, "there"}};
  return name_in(kNames, presence);
}

std::string_view name(PathOutcome outcome) noexcept {
  using enum PathOutcome;
  constexpr Named<PathOutcome> kNames[] = {{stays, "stays"},
                                           {rewritten, "rewritten"},
                                           {former_place, "former-place"},
                                           {absent_before, "absent-before"},
                                           {would_break, "would-break"}};
  return name_in(kNames, outcome);
}

std::string_view name(PathPlace place) noexcept {
  using enum PathPlace;
  constexpr Named<PathPlace> kNames[] = {
      {old_depot, "old-depot"}, {target, "target"}, {other_depot, "other-depot"}, {julia, "julia"}};
  return name_in(kNames, place, "elsewhere");
}

}  // namespace jireloc
