// Scanning of what is open already, so that planning looks at the very same occurrences.
#pragma once

#include <set>
#include <span>
#include <vector>

#include "payload/locate.hpp"
#include "payload/recorded.hpp"

namespace jireloc::payload {

// Normalised, sorted, each once. Throws Error (usage).
std::vector<PathPattern> patterns_of(std::span<const std::string> paths);

PayloadScan scan_open(const OpenPayload& open, const CacheFile& file, std::span<const PathPattern> patterns,
                      const PayloadOptions& options);

// The depots (or roots of packages outside of depots) that header and payload name. See infer_old_paths.
const std::set<std::string>& recorded_places(const OpenPayload& open, const CacheFile& file);

}  // namespace jireloc::payload
