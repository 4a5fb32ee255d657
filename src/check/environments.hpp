// What the environments of a load path say of packages (base/loading.jl).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jireloc/check.hpp"

namespace jireloc::check {

// An extension, where an environment has it: as its project's own, or of a package in its manifest.
struct Extension {
  ModuleId parent;
  std::vector<ModuleId> triggers;  // with a nil UUID where the environment does not tell it
};
std::optional<Extension> find_extension(const Environment& environment, const ModuleId& module);

// The first trigger that nobody on the load path has, so that Julia never asks for the extension; nothing
// where all are had, or `module` is no extension that an environment tells of. Throws Error (io).
std::optional<std::string> missing_trigger(const ModuleId& module, const JuliaVersion& version,
                                           const CheckContext& context);

// What `name` stands for in the code of `from` (identify_package up to 1.9, identify_package_env since).
// Nothing where no environment knows the package that asks. Throws Error (io).
std::optional<std::optional<Uuid>> identify_package(const ModuleId& from, const std::string& name,
                                                    const JuliaVersion& version, const CheckContext& context);

// The file that a folder of packages has for one of that name, and its project file (implicit environments:
// entry_point_and_project_file).
struct EntryPoint {
  std::string file;
  std::optional<ProjectFile> project;
};
std::optional<EntryPoint> find_entry_point(const std::string& folder, const std::string& name,
                                           const JuliaVersion& version, const FileView& view);

// Whether a project is the package: its UUID, and its name where it has one.
bool is_project_of(const std::optional<ProjectFile>& project, const ModuleId& package) noexcept;

// Throws the problem of an environment that could not be read.
void require_readable(const Environment& environment);

}  // namespace jireloc::check
