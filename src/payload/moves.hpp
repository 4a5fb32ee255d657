// Where a step leads paths: the maps that were asked for, and the former places that the image itself
// records.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/payload_audit.hpp"
#include "payload/locate.hpp"
#include "payload/prefix_table.hpp"

namespace jireloc::payload {

// What is there, before the step and after it.
struct Looks {
  const AuditRules& rules;
  PresenceCache& presences;

  const FileView& before_view() const { return rules.before != nullptr ? *rules.before : plain_file_view(); }
  const FileView& after_view() const { return rules.after != nullptr ? *rules.after : plain_file_view(); }
  Presence before(const std::string& path) const { return presences.look_back(before_view(), path); }
  Presence after(const std::string& path) const { return presences.look(after_view(), path); }
};

struct Move {
  enum class Kind { move, told, former };
  PathMapping mapping;
  Kind kind = Kind::move;
  std::string now = {};  // of a former place: where what lay there is before the step
};

class Moves {
 public:
  // Former places are noted in `audit`, and recorded places that go with a map of the root.
  Moves(const OpenPayload& open, const CacheFile& file, const Looks& looks, PayloadAudit& audit);

  // The one with the longest `from` above `path`; null where there is none.
  const Move* of(std::string_view path) const;
  // The `from` that do not look like a path.
  const std::vector<std::string>& roots() const { return roots_; }
  bool is_target(std::string_view path) const { return targets_.holds(path); }
  // Below a place that the image records and no map speaks of.
  bool is_recorded(std::string_view path) const { return recorded_.holds(path); }
  // Below one that a map of the root moves.
  bool lies_in_root_place(std::string_view path) const { return root_places_.holds(path); }

 private:
  struct Tails;
  void place_recorded(const OpenPayload& open, const CacheFile& file);
  bool is_spoken_of(const std::string& place) const;
  bool moves_with_root(const std::string& place);
  void add(Move move);
  void add_former(const std::string& place, const std::string& to, const std::string& now);
  std::optional<std::string> target_of_same_folder(const std::string& place) const;
  void find_depot_of_now(const std::string& place, const std::vector<std::string>& known_tails);
  void make_tables();

  const Looks& looks_;
  PayloadAudit& audit_;
  std::vector<Move> moves_;  // the longest `from` first
  size_t given_ = 0;         // those that were asked for: the first, until they are sorted
  std::vector<std::string> roots_;
  PrefixTable<bool> spoken_of_, targets_, recorded_, root_places_;
  PrefixTable<size_t> numbers_;
};

}  // namespace jireloc::payload
