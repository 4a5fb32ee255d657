// What this version of jireloc knows, and what can be said of a file that it does not know.
#pragma once

#include <string>

#include "jireloc/cache_file.hpp"

namespace jireloc {

// "formats 6 to 15 (Julia 1.0.0 to 1.14.0-DEV.2890 and later)": from the first to the last of layouts().
std::string supported_range();

// The table of layouts() in Markdown: which Julias, which format, what was tried, what is done with them.
// src/format/README.md holds it.
std::string support_table();

// The fields that every format has at the same place: format number, pointer size, system, architecture and
// Julia version. Also of a file whose format is not known. Throws Error (empty_file, not_a_cache_file,
// foreign_byte_order, bad_value, truncated).
Prefix read_common_fields(const ByteSource& source);

}  // namespace jireloc
