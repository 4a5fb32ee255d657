// Searching a region of a file for paths, in windows and with vectors: bounded memory, memory speed.
#pragma once

#include <span>
#include <vector>

#include "jireloc/cache_file.hpp"
#include "payload/path_pattern.hpp"

namespace jireloc::payload {

// Bytes that spell a path, whatever stands around them. Offsets from the start of the file.
struct RawMatch {
  uint64_t begin = 0;
  uint64_t path_end = 0;  // behind the last component
  uint64_t run_end = 0;   // behind the separators that follow
  size_t pattern = 0;     // index of the pattern
};

// All of them, by `begin`. Runs of separators longer than some thousand bytes are not recognised as such.
// Throws Error (too_large) for more than a million matches, and what reading throws.
std::vector<RawMatch> search(const ByteSource& source, Extent region, std::span<const PathPattern> patterns);

}  // namespace jireloc::payload
