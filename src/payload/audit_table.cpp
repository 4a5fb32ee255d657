// What follows for a path of a payload, and the names of the values.
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
  switch (presence) {
    case Presence::absent:
      return "absent";
    case Presence::there:
      return "there";
    case Presence::unknown:
      break;
  }
  return "unknown";
}

std::string_view name(PathOutcome outcome) noexcept {
  switch (outcome) {
    case PathOutcome::stays:
      return "stays";
    case PathOutcome::rewritten:
      return "rewritten";
    case PathOutcome::former_place:
      return "former-place";
    case PathOutcome::absent_before:
      return "absent-before";
    case PathOutcome::would_break:
      return "would-break";
    case PathOutcome::unknown:
      break;
  }
  return "unknown";
}

std::string_view name(PathPlace place) noexcept {
  switch (place) {
    case PathPlace::old_depot:
      return "old-depot";
    case PathPlace::target:
      return "target";
    case PathPlace::other_depot:
      return "other-depot";
    case PathPlace::julia:
      return "julia";
    case PathPlace::elsewhere:
      break;
  }
  return "elsewhere";
}

}  // namespace jireloc
