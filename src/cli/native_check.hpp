// `inspect --verify`: the native library beside a split image.
#pragma once

#include <cstdint>
#include <string>

#include "cli/inspection.hpp"

namespace jireloc::cli {

// Looks at the library that belongs to the image at `image_path`. What does not hold is in `problems`; throws
// Error (io) where it cannot be opened. `max_size`: bytes of decompressed image data.
NativeCheck check_native_library(const std::string& image_path, const CacheFile& file, uint64_t max_size);

}  // namespace jireloc::cli
