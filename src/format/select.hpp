// Choosing among the layouts that share a format number.
#pragma once

#include <string_view>
#include <vector>

#include "jireloc/cache_file.hpp"

namespace jireloc::format {

// Reads a header as one of this layout, whatever its format number and version say. Throws Error as
// read_cache_file does. `layout` must outlive the result.
CacheFile read_header_as(const ByteSource& source, const Layout& layout);

bool is_known_format(uint16_t number) noexcept;

// The layouts that a file with this format number and Julia version may have; more than one where only the
// structure can tell (ji-format 1.3), none where the pair is not known. Throws Error (bad_value) for a
// version text that is none.
std::vector<const Layout*> candidates(uint16_t number, std::string_view version_text);

}  // namespace jireloc::format
