// Keeping the number of images of one package within bounds.
#pragma once

#include "relocate/run.hpp"

namespace jireloc::relocating {

// Removes the oldest images of each package and Julia version beyond options.max_per_package from the target:
// those that came into it first (see Arrivals), never one that another image there depends on, nor one that
// this run has merged. Each removal is reported as a dropped item. Nothing goes where an image could not be
// looked at.
void trim_images(Run& run);

}  // namespace jireloc::relocating
