#include "check/environments.hpp"

#include <algorithm>

#include "check/extension_uuid.hpp"
#include "check/standard_libraries.hpp"
#include "jireloc/error.hpp"

namespace jireloc::check {
namespace {

using Names = std::map<std::string, Uuid>;

// Nil where only the name is given and it is not the only one in the manifest.
Uuid uuid_in(const Manifest* manifest, const Names& names, const std::string& name) {
  const auto found = names.find(name);
  if (found == names.end()) return {};
  if (!found->second.is_nil() || manifest == nullptr) return found->second;
  const auto entry = manifest->by_name.find(name);
  return entry == manifest->by_name.end() ? Uuid() : manifest->entries[entry->second].uuid;
}

std::vector<ModuleId> triggers_of(const std::vector<std::string>& names, const Manifest* manifest,
                                  const Names& weakdeps, const Names& deps) {
  std::vector<ModuleId> triggers;
  for (const std::string& name : names) {
    const Uuid weak = uuid_in(manifest, weakdeps, name);
    triggers.push_back({name, weak.is_nil() ? uuid_in(manifest, deps, name) : weak});
  }
  return triggers;
}

std::optional<Extension> extension_of_project(const ProjectFile& project, const ModuleId& module) {
  const auto found = project.extensions.find(module.name);
  if (found == project.extensions.end() || !project.uuid ||
      !is_extension_uuid(module.uuid, *project.uuid, module.name))
    return std::nullopt;
  return Extension{{project.name, *project.uuid},
                   triggers_of(found->second, nullptr, project.weakdeps, project.deps)};
}

std::optional<Extension> extension_in_manifest(const Manifest& manifest, const ModuleId& module) {
  const auto [first, last] = manifest.by_extension.equal_range(module.name);
  for (auto found = first; found != last; ++found) {
    const ManifestEntry& entry = manifest.entries[found->second];
    if (!is_extension_uuid(module.uuid, entry.uuid, module.name)) continue;
    return Extension{{entry.name, entry.uuid},
                     triggers_of(entry.extensions.at(module.name), &manifest, entry.weakdeps, entry.deps)};
  }
  return std::nullopt;
}

// Whether anything on the load path has a package of that name and, where it is told, UUID.
bool is_had(const ModuleId& package, const JuliaVersion& version, const CheckContext& context) {
  if (is_standard_library(package.name) || context.system_modules.contains(package)) return true;
  if (package.uuid.is_nil()) return false;
  const auto& environments = context.load_path->environments;
  return std::any_of(environments.begin(), environments.end(),
                     [&](const Environment& environment) {
                       return environment.manifest && environment.manifest->find(package.uuid) != nullptr;
                     }) ||
         locate_source(package, version, context).has_value();
}

// The answer of one environment: nothing where it does not know who asks; within, nothing where it does and
// has no such dependency.
using Answer = std::optional<std::optional<Uuid>>;

// explicit_project_deps_get.
std::optional<Uuid> dependency_of(const ProjectFile& project, const std::string& name) {
  if (project.name == name && project.uuid) return *project.uuid;
  const auto found = project.deps.find(name);
  return found == project.deps.end() ? std::nullopt : std::optional(found->second);
}

// The code of an extension may name its parent, its triggers, and what its parent may name.
Answer identify_in_extension(const Extension& extension, const std::string& name, const JuliaVersion& version,
                             const CheckContext& context) {
  if (name == extension.parent.name) return extension.parent.uuid;
  for (const ModuleId& trigger : extension.triggers)
    if (trigger.name == name && !trigger.uuid.is_nil()) return trigger.uuid;
  return identify_package(extension.parent, name, version, context);
}

Answer identify_in_folder(const Environment& environment, const ModuleId& from, const std::string& name,
                          const JuliaVersion& version, const CheckContext& context) {
  const auto entry = find_entry_point(environment.directory, from.name, version, *context.view);
  if (!entry || !is_project_of(entry->project, from)) return std::nullopt;
  return dependency_of(*entry->project, name);
}

Answer identify_in(const Environment& environment, const ModuleId& from, const std::string& name,
                   const JuliaVersion& version, const CheckContext& context) {
  require_readable(environment);
  if (environment.is_package_folder) return identify_in_folder(environment, from, name, version, context);
  if (is_project_of(environment.project, from)) return dependency_of(*environment.project, name);
  if (environment.manifest && environment.manifest->find(from.uuid) != nullptr)
    return environment.manifest->dependency(from.uuid, name);
  const auto extension = find_extension(environment, from);
  return extension ? identify_in_extension(*extension, name, version, context) : std::nullopt;
}

// From 1.10.6 on the project file in Julia's own folder answers for a standard library whose dependencies in
// the manifest are another Julia's (identify_stdlib_project_dep).
bool may_ask_its_own_project(const ModuleId& from, const JuliaVersion& version) {
  return version >= JuliaVersion{1, 10, 6, ""} && is_shipped(from.name, from.uuid);
}

}  // namespace

void require_readable(const Environment& environment) {
  if (environment.problem) throw Error(*environment.problem);
}

bool is_project_of(const std::optional<ProjectFile>& project, const ModuleId& package) noexcept {
  return project && project->uuid == package.uuid && (project->name.empty() || project->name == package.name);
}

std::optional<EntryPoint> find_entry_point(const std::string& folder, const std::string& name,
                                           const JuliaVersion& version, const FileView& view) {
  const std::string bare = folder + "/" + name + ".jl";
  // A file without a folder comes last since 1.12, and hid the folders before.
  const bool bare_first = version < JuliaVersion::parse("1.12.0-DEV");
  if (bare_first && view.known_status(bare).is_file()) return EntryPoint{bare, {}};
  for (const std::string& package : {folder + "/" + name, bare}) {
    std::string file = package + "/src/" + name + ".jl";
    if (view.known_status(file).is_file()) return EntryPoint{std::move(file), read_project_of(package, view)};
  }
  if (!bare_first && view.known_status(bare).is_file()) return EntryPoint{bare, {}};
  return std::nullopt;
}

std::optional<Extension> find_extension(const Environment& environment, const ModuleId& module) {
  if (environment.project)
    if (auto found = extension_of_project(*environment.project, module)) return found;
  return environment.manifest ? extension_in_manifest(*environment.manifest, module) : std::nullopt;
}

std::optional<std::string> missing_trigger(const ModuleId& module, const JuliaVersion& version,
                                           const CheckContext& context) {
  if (!context.load_path) return std::nullopt;
  for (const Environment& environment : context.load_path->environments) {
    require_readable(environment);
    const auto extension = find_extension(environment, module);
    if (!extension) continue;
    for (const ModuleId& trigger : extension->triggers)
      if (!is_had(trigger, version, context)) return trigger.name;
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::optional<Uuid>> identify_package(const ModuleId& from, const std::string& name,
                                                    const JuliaVersion& version,
                                                    const CheckContext& context) {
  // The same in all versions: a package that asks for its own name, as its submodules may, gets itself.
  if (name == from.name) return from.uuid;
  if (!context.load_path || from.uuid.is_nil()) return std::nullopt;
  for (const Environment& environment : context.load_path->environments) {
    const Answer answer = identify_in(environment, from, name, version, context);
    if (!answer) continue;
    if (!*answer && may_ask_its_own_project(from, version)) return std::nullopt;
    return answer;
  }
  return std::nullopt;
}

}  // namespace jireloc::check
