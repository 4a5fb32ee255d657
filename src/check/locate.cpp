// Where Julia finds a package's source (ji-format 7.4; base/loading.jl: locate_package,
// explicit_manifest_entry_path).
#include <algorithm>

#include "check/environments.hpp"
#include "check/subject.hpp"
#include "jireloc/paths.hpp"

namespace jireloc {
namespace {

// abspath(folder, path) with "." and ".." taken out as normpath does.
std::string join(const std::string& folder, const std::string& path) {
  return paths::normal(path.starts_with('/') ? path : paths::joined(folder, path));
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

// What one environment says. Julia asks no further one where this one `ends` the search; where none does, a
// package that one of them `knows` has no source.
struct Answer {
  bool ends = false, knows = false;
  std::string path;  // empty: it is not there
};
Answer found(std::string path) {
  return {true, true, std::move(path)};
}

// explicit_manifest_entry_path. From 1.9 on a package that is in no depot ends the search: another
// environment may have another version of it.
Answer entry_of(const ManifestEntry& entry, const Manifest& manifest, const JuliaVersion& version,
                const CheckContext& context) {
  const FileView& view = *context.view;
  if (!entry.path.empty()) {
    const std::string folder = join(paths::parent(manifest.path), entry.path);
    return found(if_there(entry_path(folder, entry.name, entry.entryfile, view), view));
  }
  if (entry.tree) {
    const auto folder =
        find_package_folder(entry.name, entry.uuid, *entry.tree, context.depots, version, view);
    if (folder) return found(if_there(entry_path(*folder, entry.name, entry.entryfile, view), view));
    return {version >= JuliaVersion::parse("1.9.0-DEV"), true, {}};
  }
  const std::string& stdlib = context.expected.stdlib;
  if (stdlib.empty()) return {};
  return found(if_there(stdlib + "/" + entry.name + "/src/" + entry.name + ".jl", view));
}

// find_ext_path: the file of an extension beside its parent's src folder.
std::string extension_of(const std::string& parent_entry, const std::string& name, const FileView& view) {
  if (parent_entry.empty()) return {};
  const std::string folder = join(paths::parent(parent_entry), "../ext");
  std::string own_folder = folder + "/" + name + "/" + name + ".jl";
  if (view.known_status(own_folder).is_file()) return own_folder;
  return if_there(folder + "/" + name + ".jl", view);
}

// project_file_path.
std::string source_of_project(const ProjectFile& project, const std::string& name, const FileView& view) {
  return if_there(entry_path(paths::parent(project.path), name, project.entryfile, view), view);
}

// project_file_ext_path, and explicit_manifest_uuid_path where the parent is in the manifest: then the whole
// load path is asked for that.
Answer locate_extension(const Environment& environment, const ModuleId& module, const JuliaVersion& version,
                        const CheckContext& context) {
  const auto extension = check::find_extension(environment, module);
  if (!extension || check::missing_trigger(module, version, context)) return {};
  if (check::is_project_of(environment.project, extension->parent))
    return found(extension_of(environment.project->path.substr(0, environment.project->path.rfind('/')) +
                                  "/src/" + extension->parent.name + ".jl",
                              module.name, *context.view));
  const auto parent = locate_source(extension->parent, version, context);
  return found(extension_of(parent.value_or(""), module.name, *context.view));
}

Answer locate_in_folder(const Environment& environment, const ModuleId& package, const JuliaVersion& version,
                        const CheckContext& context) {
  const auto entry = check::find_entry_point(environment.directory, package.name, version, *context.view);
  return entry && check::is_project_of(entry->project, package) ? found(entry->file) : Answer();
}

// manifest_uuid_path.
Answer locate_in(const Environment& environment, const ModuleId& package, const JuliaVersion& version,
                 const CheckContext& context) {
  check::require_readable(environment);
  if (environment.is_package_folder) return locate_in_folder(environment, package, version, context);
  if (check::is_project_of(environment.project, package))
    return found(source_of_project(*environment.project, package.name, *context.view));
  if (environment.manifest) {
    const ManifestEntry* entry = environment.manifest->find(package.uuid);
    if (entry != nullptr && entry->name == package.name)
      return entry_of(*entry, *environment.manifest, version, context);
  }
  return locate_extension(environment, package, version, context);
}

}  // namespace

std::optional<std::string> locate_source(const ModuleId& package, const JuliaVersion& version,
                                         const CheckContext& context) {
  if (const auto named = context.source_for.find(package.name); named != context.source_for.end())
    return named->second;
  if (!context.load_path || package.uuid.is_nil()) return std::nullopt;
  bool known = false;
  for (const Environment& environment : context.load_path->environments) {
    Answer answer = locate_in(environment, package, version, context);
    if (answer.ends) return std::move(answer.path);
    known = known || answer.knows;
  }
  return known ? std::optional<std::string>("") : std::nullopt;
}

}  // namespace jireloc
