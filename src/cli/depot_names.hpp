// Where the files that an image names lie, given a depot path.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "jireloc/cache_file.hpp"
#include "jireloc/file_view.hpp"

namespace jireloc::cli {

// --depot (or JULIA_DEPOT_PATH) as the Julia that wrote `file` expands it; nothing where no depot path is
// known. Reads HOME. The bundled depots of that Julia are not known here and left out.
std::optional<std::vector<std::string>> depots_for(const Common& common, const CacheFile& file);

struct ResolvedNames {
  std::vector<std::string> dependencies, sources;  // as in Inspection; empty strings: in no depot
};
// As parse_cache_header of 1.11.0-beta1 and later does it: source files share one depot, or none is resolved;
// files without a stored text are looked for one by one. Names without @depot stay as they are. `has_text`
// tells for each dependency whether its text is stored.
ResolvedNames resolve_names(const CacheFile& file, const std::vector<bool>& has_text,
                            const std::vector<std::string>& depots, const FileView& view);

}  // namespace jireloc::cli
