// What each old path becomes.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "jireloc/payload.hpp"
#include "payload/path_pattern.hpp"

namespace jireloc::payload {

// By normalised old path: what is written, and what the user asked for.
struct Target {
  std::string written;  // the alias, or the new path
  std::string new_path;
  bool by_alias = false;
};
using Targets = std::map<std::string, Target>;

// Throws Error (usage) for paths that are none, and where one is to become two.
Targets targets_of(std::span<const PayloadMap> maps);

std::vector<PathPattern> patterns_of(const Targets& targets);

// The least room for an old path whose new one does not fit.
using Rooms = std::map<std::string, uint64_t>;
void note_room(Rooms& rooms, const Occurrence& occurrence, uint64_t room);
// That the first of them is too short, and what would help.
Reason too_long(const Rooms& rooms, const Targets& targets);
// What to say of texts that cannot grow: an alias keeps every length. Empty where none was to.
std::string alias_advice(const Rooms& growing, const Targets& targets);

}  // namespace jireloc::payload
