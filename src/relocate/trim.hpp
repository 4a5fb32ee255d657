// Keeping the number of images of one package within bounds.
#pragma once

#include "relocate/run.hpp"

namespace jireloc::relocating {

// Removes the oldest images of each package and Julia version beyond options.max_per_package from the target,
// never one that another image there depends on. Each removal is reported as a dropped item.
void trim_images(Run& run);

}  // namespace jireloc::relocating
