#include "jireloc/depot_names.hpp"

#include "jireloc/depot.hpp"

namespace jireloc {

DepotNames::DepotNames(const CacheFile& file, const std::vector<std::string>& depots, const FileView& view)
    : depots_(depots), view_(view) {
  for (const SourceText& source : file.source_texts) {
    std::optional<std::string> depot = find_depot(source.path, depots, view);
    if (!depot) continue;
    if (shared_ && *shared_ != *depot) {
      shared_.reset();
      return;
    }
    shared_ = std::move(depot);
  }
}

std::optional<std::string> DepotNames::place_of(const std::string& recorded, bool has_text) const {
  if (!recorded.starts_with("@depot")) return recorded;
  const auto depot = has_text ? shared_ : find_depot(recorded, depots_, view_);
  if (!depot || !recorded.starts_with("@depot/")) return std::nullopt;
  return restore_depot_path(recorded, *depot);
}

}  // namespace jireloc
