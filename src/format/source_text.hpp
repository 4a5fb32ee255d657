// The source-text section and the trailer behind it (ji-format 3).
#pragma once

#include "jireloc/cache_file.hpp"

namespace jireloc::format {

// Reads [srctextpos, end) and fills source_texts, source_section, so_crc, file_crc. Throws Error (bad_offset,
// truncated, bad_length, too_large).
void read_source_section(const ByteSource& source, CacheFile& file);

}  // namespace jireloc::format
