// What the judgement of a run depends on beside files.
#pragma once

#include <string>
#include <vector>

#include "jireloc/path_map.hpp"
#include "relocate/run.hpp"

namespace jireloc::relocating {

// As a text that is only compared: this jireloc, who runs it, which depots lie where, and all options that
// have a say. The aliases must be settled. Throws Error (io).
std::string circumstances_of(const Run& run);

// How that begins: this jireloc, and who runs it.
std::string runner_text();

// No two lists of texts give the same one.
std::string list_text(const std::vector<PathMapping>& mappings);
std::string list_text(const std::vector<std::string>& paths);

}  // namespace jireloc::relocating
