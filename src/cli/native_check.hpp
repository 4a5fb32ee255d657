// `inspect --verify`: the native library beside a split image.
#pragma once

#include <cstdint>
#include <string>

#include "cli/images.hpp"
#include "cli/inspection.hpp"

namespace jireloc::cli {

// Looks at the library that belongs to the image. What does not hold is in `problems`; throws
// Error (io) where it cannot be opened. `max_size`: bytes of decompressed image data.
NativeCheck check_native_library(const Candidate& candidate, const CacheFile& file, uint64_t max_size);

}  // namespace jireloc::cli
