// What `scan --all-paths` says of the paths that an image's code names.
#pragma once

#include <string>

#include "cli/json.hpp"
#include "jireloc/payload_audit.hpp"

namespace jireloc::cli {

// One sentence: what will break, and why. `with_step`: a map was given.
std::string paths_sentence(const PayloadAudit& audit, bool with_step);
// A table, a row a path.
std::string paths_text(const PayloadAudit& audit);
// The keys "paths_total", "path_outcomes", "former_places", "paths_summary" and "paths".
void append_paths(JsonWriter& json, const PayloadAudit& audit, bool with_step);

}  // namespace jireloc::cli
