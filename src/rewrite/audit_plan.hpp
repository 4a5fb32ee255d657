// The audit's part of a plan: whether the code still finds what it found before.
#pragma once

#include "jireloc/rewrite.hpp"

namespace jireloc::rewriting {

// Judges all paths that the payload's Strings name, and adds to `map` what they tell: former places of the
// depot, and Julia's own installations, which stay. Fills plan.audit. Returns false where the image must be
// left alone (status and reasons are set).
bool audit_paths(const PayloadInput& input, const RewriteOptions& options, const FileView& view, PathMap& map,
                 RewritePlan& plan);

// Why the paths that a map of the root moves stay.
std::string no_room_below_root(const PayloadAudit& audit);

// For a plan that is carried out: a finding where nothing of the new place is there yet.
void note_what_is_not_there_yet(RewritePlan& plan);

}  // namespace jireloc::rewriting
