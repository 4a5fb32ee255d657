// Every path that the Strings of a payload name, whatever place that is: whether something is there, whether
// it will be after a step that moves depots, and what follows. An image is well relocated only if its code
// still finds what it found before.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/file_view.hpp"
#include "jireloc/path_map.hpp"
#include "jireloc/payload.hpp"

namespace jireloc {

enum class Presence : uint8_t {
  absent,
  there,
  unknown,  // a system error: nothing follows from it
};
std::string_view name(Presence presence) noexcept;  // "absent", "there", "unknown"

// Whether paths are there, asked once a path and run. May be used from many threads.
class PresenceCache {
 public:
  PresenceCache();
  ~PresenceCache();
  PresenceCache(const PresenceCache&) = delete;
  PresenceCache& operator=(const PresenceCache&) = delete;
  // Of the file that is called `path` in the view. Symbolic links are followed.
  Presence look(const FileView& view, const std::string& path);
  // The same for places that nothing in this run comes to, as the old place of a depot: what lies below a
  // folder that is not there is absent without a look.
  Presence look_back(const FileView& view, const std::string& path);
  // The caller has just seen that something is there; not the path in a view, but the one to open.
  void note_there(std::string actual_path);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// ---- What follows

struct PathFacts {
  bool moves = false;   // it lies below what the step moves or what goes away, and nothing says that it stays
  bool former = false;  // it names a place where the depot was before it came to where it is now
  Presence before = Presence::absent;  // where it is named; of a former place: below the depot of now
  Presence after = Presence::absent;   // where the step leads it
};

enum class PathOutcome : uint8_t {
  stays,          // it names what does not move: left, and no finding
  rewritten,      // it names its new place, where something is
  former_place,   // the same, from a former place
  absent_before,  // nothing was there (made at run time, or gone before): rewritten as the depot moves; a
                  // note
  would_break,    // it was there, and will not be: the image is left alone
  unknown,        // the file system did not tell
};
inline constexpr size_t kPathOutcomes = 6;
std::string_view name(PathOutcome outcome) noexcept;  // "stays", "rewritten", "former-place", ...

// The one table of the audit:
//
//   moves | before  | after   | outcome
//   no    | any     | any     | stays
//   yes   | any     | there   | rewritten (former_place, where it names one)
//   yes   | there   | absent  | would_break
//   yes   | absent  | absent  | absent_before
//   yes   | unknown | absent  | unknown
//   yes   | any     | unknown | unknown
PathOutcome what_follows(const PathFacts& facts) noexcept;

// ---- The audit

enum class PathPlace : uint8_t {
  old_depot,    // below what the step moves
  target,       // below where it goes, or below the depots where no step is asked for
  other_depot,  // below a place that the image itself records: its first one, for example
  julia,        // Julia's own installation
  elsewhere,
};
std::string_view name(PathPlace place) noexcept;  // "old-depot", ...

struct AuditRules {
  // The step: what lies below `from` will lie below `to`. An empty `from` is the root: then only what is
  // there below `to` counts. A path mapped onto itself stays.
  std::vector<PathMapping> moves;
  std::vector<PathMapping> moved;    // the same on the user's word: what is there is not asked
  std::vector<std::string> stays;    // places that do not move
  std::vector<std::string> depots;   // where no step is asked for: the depots of now
  const FileView* before = nullptr;  // how files are found; null: as they are named
  const FileView* after = nullptr;
  bool makes_target = false;  // the step itself makes what is not there of `to`
  bool list_all = false;      // list every path; else only those with outcomes that someone must hear of
  uint64_t most_listed = 1000;
};

struct AuditedPath {
  PayloadFile file = PayloadFile::image;
  std::string section;
  uint64_t offset = 0;   // of the path, as in Occurrence
  std::string path;      // as it stands there
  std::string new_path;  // where the step leads it; empty where it does not move
  bool whole = false;    // it is the whole String
  OccurrenceKind kind = OccurrenceKind::path_constant;  // or recorded_source
  PathPlace place = PathPlace::elsewhere;
  Presence before = Presence::absent, after = Presence::absent;
  PathOutcome outcome = PathOutcome::stays;
};

inline constexpr size_t kMostBelowRoot = 1000;

struct PayloadAudit {
  std::vector<AuditedPath> paths;                  // in the order of the file
  std::array<uint64_t, kPathOutcomes> outcomes{};  // of all paths
  std::array<AuditedPath, kPathOutcomes> first{};  // of each outcome that there is
  uint64_t absent_now = 0;                         // below the depots of now (AuditRules::depots), and absent
  AuditedPath first_absent;                        // of them
  uint64_t below_root = 0;                         // that a map of the root moves
  // Each of those once, or the recorded place that it lies below, and where it goes; mapped onto itself, what
  // lies below one of them and is not there below the new root. Empty where there are more than
  // kMostBelowRoot.
  std::vector<PathMapping> below_root_maps;
  uint64_t not_there_yet = 0;       // there before, and the whole new place is not there: nothing can be said
  std::vector<PathMapping> former;  // former places, and where what lay there will be
  std::vector<std::string> stays;   // Julia's own installations below what moves
  std::string problem;              // why nothing was looked into; empty where it was

  uint64_t count(PathOutcome outcome) const { return outcomes[static_cast<size_t>(outcome)]; }
  const AuditedPath& example(PathOutcome outcome) const { return first[static_cast<size_t>(outcome)]; }
};

// Throws Error (too_large) for what no real image shows, and what reading throws.
PayloadAudit audit_payload(const PayloadInput& input, const AuditRules& rules, PresenceCache& presences,
                           const PayloadOptions& options = {});

}  // namespace jireloc
