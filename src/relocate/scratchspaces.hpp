// --with-scratchspaces: those that images name.
#pragma once

#include "relocate/run.hpp"

namespace jireloc::relocating {

// "scratchspaces/UUID/NAME" of the source, each once, where the code of one of these images names it or what
// lies in it, and it is there. Images that cannot be read name none: they are judged later.
std::vector<TreeRef> named_scratchspaces(Run& run, const std::vector<ImageRef>& images);

}  // namespace jireloc::relocating
