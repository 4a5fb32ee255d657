// A source that is the upper folder of an overlay: what of it holds no content of its own.
#pragma once

#include <optional>
#include <string>

#include "bytes/tree_walk.hpp"
#include "jireloc/rewrite.hpp"

namespace jireloc::relocating {

// Why what lies in a folder is not all that the overlay showed there: overlay_metacopy, overlay_redirect,
// overlay_whiteout, or overlay_part, where it is only what was changed of a lower layer's. The first of these
// that there is; nothing where there is none.
std::optional<Reason> overlay_part(FileSystem& system, const Folder& folder, const WalkLimits& limits);

// The same of one file below a depot.
std::optional<Reason> overlay_part_of_file(FileSystem& system, const Folder& depot,
                                           const std::string& relative);

}  // namespace jireloc::relocating
