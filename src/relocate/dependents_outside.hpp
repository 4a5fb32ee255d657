// Images that no run changes, and that need builds which are gone where texts have grown.
#pragma once

#include "relocate/run.hpp"

namespace jireloc::relocating {

// Whether a path in a payload may get longer by the map of a step: only then is there a new build id.
bool may_grow(const RelocateOptions& options, const PathMap& map);

// Tells options.foretell of every image that will grow under a new build id while others, in the target or in
// depots behind, ask for the old one. Nothing is written; what it costs is a second look at the headers, and
// where there are such images, a dry run.
void foretell_dependents_outside(Run& run, FileSystem& system);

}  // namespace jireloc::relocating
