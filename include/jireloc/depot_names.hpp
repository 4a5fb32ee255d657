// Where the files that an image names as "@depot/..." lie, given a depot path.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/cache_file.hpp"
#include "jireloc/file_view.hpp"

namespace jireloc {

// As parse_cache_header of 1.11.0-beta1 and later resolves them (base/loading.jl): files with a stored text
// share one depot, or none of them is resolved; the others are looked for one by one. Refers to the depots
// and the view, which must outlive it.
class DepotNames {
 public:
  DepotNames(const CacheFile& file, const std::vector<std::string>& depots, const FileView& view);

  // The place of a recorded file; nothing where no depot holds it. Names without "@depot" stay as they are.
  std::optional<std::string> place_of(const std::string& recorded, bool has_text) const;

 private:
  const std::vector<std::string>& depots_;
  const FileView& view_;
  std::optional<std::string> shared_;  // the depot of all files with a text
};

}  // namespace jireloc
