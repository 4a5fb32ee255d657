// The short link that leads to the target, for payloads in which its own path has no room.
#pragma once

#include "relocate/run.hpp"

namespace jireloc::relocating {

// Adds the target's alias to run.aliases: the one that its record names, or with options.make_alias a new
// one. Reports it. Throws Error (usage, conflict, io) where an alias was asked for and cannot be had.
void settle_alias(Run& run);

// prune: says whether the recorded alias still leads to the depot.
void judge_alias(Run& run);

}  // namespace jireloc::relocating
