// Julia 1.14's store of native objects in a depot.
#pragma once

#include "relocate/run.hpp"

namespace jireloc::relocating {

// cache/vX.Y/objcache-lmdb1 (src/objcache.cpp): keyed by what an object was made of, written by running
// Julias, needed by no image. It is left where it is; one item says so.
void report_object_cache(Run& run);

}  // namespace jireloc::relocating
