// Inferred code in the tag stream of Julia <= 1.8.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "jireloc/cache_file.hpp"

namespace jireloc::payload {

// Offsets of the flags of all CodeInstances that Julia would take for valid; with their lowest bit cleared it
// takes them for code of no world and infers again when the function is called. Nothing where it is not known
// that it does: before 1.5, and in 1.8, which revives code of other packages' methods whatever the flags say;
// nor where bytes may be code or something else.
std::optional<std::vector<uint64_t>> find_stream_code(const ByteSource& source, Extent stream,
                                                      std::string_view julia_version);

}  // namespace jireloc::payload
