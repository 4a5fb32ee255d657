// Packages and artifacts that an earlier run has judged and nobody has changed since.
#pragma once

#include <vector>

#include "jireloc/relocate.hpp"
#include "relocate/inventory.hpp"
#include "relocate/run.hpp"
#include "relocate/short_slugs.hpp"

namespace jireloc::relocating {

// Whether what is proven of a tree goes into the record of this run. Throws Error as ShortSlugs::judge does.
bool is_recorded(const Run& run, DepotItemKind kind, const TreeRef& tree, const ShortSlugs& short_slugs);

// Which of the trees the record has, untouched on both sides, by their numbers: they need not be judged.
// Throws Error only where the run was interrupted.
std::vector<char> known_trees(Run& run, DepotItemKind kind, const std::vector<TreeRef>& trees,
                              const ShortSlugs& short_slugs);

}  // namespace jireloc::relocating
