// Where Julia finds a package's source (ji-format 7.4; base/loading.jl: locate_package,
// explicit_manifest_entry_path).
#include <algorithm>

#include "check/subject.hpp"

namespace jireloc {
namespace {

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// abspath(folder, path) with "." and ".." taken out as normpath does.
std::string join(const std::string& folder, const std::string& path) {
  std::string joined = path.starts_with('/') ? path : folder + "/" + path;
  std::vector<std::string> parts;
  const bool absolute = joined.starts_with('/');
  for (size_t begin = 0; begin <= joined.size();) {
    const size_t end = std::min(joined.find('/', begin), joined.size());
    const std::string part = joined.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (part != ".." || !absolute) {
      parts.push_back(part);
    }
  }
  std::string result;
  for (const std::string& part : parts) result += (result.empty() && !absolute ? "" : "/") + part;
  return result;
}

// entry_path: `folder` may be the file itself.
std::string entry_path(const std::string& folder, const std::string& name, const std::string& entryfile,
                       const FileView& view) {
  if (view.known_status(folder).is_file()) return folder;
  return join(folder, entryfile.empty() ? "src/" + name + ".jl" : entryfile);
}

std::string if_there(const std::string& path, const FileView& view) {
  return view.known_status(path).is_file() ? path : std::string();
}

// explicit_manifest_entry_path.
std::optional<std::string> entry_of(const ManifestEntry& entry, const Manifest& manifest,
                                    const JuliaVersion& version, const CheckContext& context) {
  const FileView& view = *context.view;
  if (!entry.path.empty()) {
    const std::string folder = join(folder_of(manifest.path), entry.path);
    return if_there(entry_path(folder, entry.name, entry.entryfile, view), view);
  }
  if (entry.tree) {
    const auto folder =
        find_package_folder(entry.name, entry.uuid, *entry.tree, context.depots, version, view);
    return folder ? if_there(entry_path(*folder, entry.name, entry.entryfile, view), view) : std::string();
  }
  const std::string& stdlib = context.expected.stdlib;
  if (stdlib.empty()) return std::nullopt;
  return if_there(stdlib + "/" + entry.name + "/src/" + entry.name + ".jl", view);
}

// find_ext_path: the file of an extension beside its parent's src folder.
std::string extension_of(const std::string& parent_entry, const std::string& name, const FileView& view) {
  if (parent_entry.empty()) return {};
  const std::string folder = join(folder_of(parent_entry), "../ext");
  std::string own_folder = folder + "/" + name + "/" + name + ".jl";
  if (view.known_status(own_folder).is_file()) return own_folder;
  return if_there(folder + "/" + name + ".jl", view);
}

}  // namespace

std::optional<std::string> locate_source(const ModuleId& package, const JuliaVersion& version,
                                         const CheckContext& context) {
  if (const auto named = context.source_for.find(package.name); named != context.source_for.end())
    return named->second;
  const auto& environment = context.environment;
  if (!environment || package.uuid.is_nil()) return std::nullopt;
  if (environment->project && environment->project->uuid == package.uuid) {
    const ProjectFile& project = *environment->project;
    return if_there(entry_path(folder_of(project.path), package.name, project.entryfile, *context.view),
                    *context.view);
  }
  if (!environment->manifest) return std::nullopt;
  const Manifest& manifest = *environment->manifest;
  const ManifestEntry* entry = manifest.find(package.uuid);
  if (entry != nullptr && entry->name == package.name) return entry_of(*entry, manifest, version, context);
  const auto parent = manifest.by_extension.find(package.name);
  if (parent == manifest.by_extension.end()) return std::nullopt;
  const auto parent_entry = entry_of(manifest.entries[parent->second], manifest, version, context);
  return extension_of(parent_entry.value_or(""), package.name, *context.view);
}

}  // namespace jireloc
