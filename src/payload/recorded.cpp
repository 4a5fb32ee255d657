#include "payload/recorded.hpp"

#include <map>
#include <vector>

#include "payload/objects.hpp"
#include "payload/path_pattern.hpp"

namespace jireloc::payload {
namespace {

constexpr std::string_view kDepot = "@depot";

// Offset of the last "/packages/" with a name, a slug and a file behind it; npos if there is none.
size_t find_package_folder(std::string_view path) {
  constexpr std::string_view kPackages = "packages";
  const auto is_separator = [](char byte) { return byte == '/' || byte == '\\'; };
  for (size_t at = path.rfind(kPackages); at != std::string_view::npos && at > 0;
       at = path.rfind(kPackages, at - 1)) {
    const std::string_view behind = path.substr(at + kPackages.size());
    if (!is_separator(path[at - 1]) || behind.empty() || !is_separator(behind[0])) continue;
    size_t separators = 0;
    for (size_t k = 0; k + 1 < behind.size(); ++k)
      separators += is_separator(behind[k]) && !is_separator(behind[k + 1]);
    if (separators >= 3) return at - 1;
  }
  return std::string_view::npos;
}

std::string_view without_last(std::string_view path) {
  const size_t separator = path.find_last_of(paths::separators(path));
  return separator == std::string_view::npos ? std::string_view() : path.substr(0, separator);
}

std::string_view last(std::string_view path) {
  return path.substr(without_last(path).size() + 1);
}

bool is_absolute(std::string_view path) {
  return path.starts_with('/') || is_windows_path(path);
}

// Whether a path leads below a root directory, a drive or the head of a share: only then can it be an old
// path.
bool has_name(std::string_view path) {
  return is_absolute(path) && path.size() > without_last(path).size() + 1;
}

// ROOT of ROOT/src/Name.jl, ROOT/ext/Name.jl and ROOT/ext/Name/Name.jl; the folder of any other file.
std::string_view package_root(std::string_view entry_file) {
  const std::string_view folder = without_last(entry_file);
  std::string_view at = folder;
  for (int level = 0; level < 3 && at.size() > 1; ++level, at = without_last(at)) {
    if (last(at) == "src" || last(at) == "ext") return without_last(at);
  }
  return folder;
}

}  // namespace

std::string_view depot_relative_part(std::string_view path) {
  if (path.starts_with(kDepot)) return path.substr(kDepot.size());
  const size_t at = find_package_folder(path);
  return at == std::string_view::npos ? std::string_view() : path.substr(at);
}

RecordedSources::RecordedSources(const CacheFile& file) {
  for (const Dependency& dependency : file.dependencies) {
    if (dependency.is_require() || file.find_source_text(dependency.path) == nullptr) continue;
    whole_.insert(collapse_separators(dependency.path));
    const std::string_view relative = depot_relative_part(dependency.path);
    if (!relative.empty()) relative_.insert(collapse_separators(relative));
  }
}

bool RecordedSources::names_one(std::string_view text, std::string_view behind_old_path) const {
  return whole_.contains(collapse_separators(text)) ||
         relative_.contains(collapse_separators(behind_old_path));
}

std::set<std::string> paths_from_includes(const CacheFile& file) {
  std::set<std::string, std::less<>> depots, roots;
  std::vector<std::string> outside;
  for (const Dependency& dependency : file.dependencies) {
    if (dependency.is_require() || !is_absolute(dependency.path)) continue;
    if (dependency.path.size() > kLongestPath) continue;
    const std::string path = collapse_separators(dependency.path);
    const size_t at = find_package_folder(path);
    if (at != std::string::npos && has_name(path.substr(0, at))) {
      depots.insert(path.substr(0, at));
    } else {
      outside.push_back(path);
    }
  }
  // Generated files and data outside of the package folders belong to the depot or to a root that is known.
  const auto is_known = [&](std::string_view path) {
    for (size_t end = path.find_first_of("/\\", 1); end != std::string_view::npos;
         end = path.find_first_of("/\\", end + 1)) {
      const std::string_view folder = path.substr(0, end);
      if (depots.contains(folder) || roots.contains(folder)) return true;
    }
    return false;
  };
  for (const std::string& path : outside) {
    if (is_known(path)) continue;
    const std::string_view root = package_root(path);
    if (has_name(root)) roots.insert(std::string(root));
  }
  depots.merge(roots);
  return {depots.begin(), depots.end()};
}

std::vector<Landmark> landmarks(const CacheFile& file) {
  std::map<std::string, std::string> kept_of;
  for (const Dependency& dependency : file.dependencies) {
    if (dependency.is_require()) continue;
    std::string path = dependency.path;
    if (dependency.is_depot_relative()) path = "/depot" + path.substr(kDepot.size());
    if (!is_absolute(path) || path.size() > kLongestPath) continue;
    path = collapse_separators(path);
    if (const size_t at = find_package_folder(path); at != std::string::npos) {
      // "/packages/NAME/SLUG" of "/packages/NAME/SLUG/…".
      size_t end = at;
      for (int k = 0; k < 3; ++k) end = path.find_first_of("/\\", end + 1);
      kept_of.emplace(path.substr(at, end - at), "");
    } else if (file.find_source_text(dependency.path) != nullptr) {
      const std::string_view root = package_root(path);
      const size_t folder = without_last(root).size();
      if (has_name(root)) kept_of.emplace(path.substr(folder), root.substr(folder));
    }
  }
  std::vector<Landmark> result;
  result.reserve(kept_of.size());
  for (const auto& [path, kept] : kept_of) result.push_back({path, kept});
  return result;
}

}  // namespace jireloc::payload
