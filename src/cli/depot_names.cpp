#include "cli/depot_names.hpp"

#include <cstdlib>

#include "cli/images.hpp"
#include "jireloc/depot.hpp"

namespace jireloc::cli {
namespace {

// The depot that all source files share. Nothing where none holds any of them, or two hold different ones.
std::optional<std::string> common_depot(const CacheFile& file, const std::vector<std::string>& depots,
                                        const FileView& view) {
  std::optional<std::string> common;
  for (const SourceText& source : file.source_texts) {
    std::optional<std::string> depot = find_depot(source.path, depots, view);
    if (!depot) continue;
    if (common && *common != *depot) return {};
    common = std::move(depot);
  }
  return common;
}

std::string resolved(const std::string& recorded, const std::optional<std::string>& depot) {
  if (!recorded.starts_with("@depot")) return recorded;
  if (!depot || !recorded.starts_with("@depot/")) return {};
  return restore_depot_path(recorded, *depot);
}

}  // namespace

std::optional<std::vector<std::string>> depots_for(const Common& common, const CacheFile& file) {
  if (!common.depot) return {};
  const char* home = std::getenv("HOME");
  return expand_depot_path(common.depot, JuliaVersion::parse(file.prefix.version),
                           {home != nullptr ? home : "", ""});
}

ResolvedNames resolve_names(const CacheFile& file, const std::vector<bool>& has_text,
                            const std::vector<std::string>& depots, const FileView& view) {
  const std::optional<std::string> shared = common_depot(file, depots, view);
  ResolvedNames names;
  for (size_t i = 0; i < file.dependencies.size(); ++i) {
    const Dependency& entry = file.dependencies[i];
    std::string& name = names.dependencies.emplace_back();
    if (entry.is_require()) continue;
    const bool is_source = i < has_text.size() && has_text[i];
    name = resolved(entry.path, is_source ? shared : find_depot(entry.path, depots, view));
  }
  for (const SourceText& source : file.source_texts) names.sources.push_back(resolved(source.path, shared));
  return names;
}

}  // namespace jireloc::cli
