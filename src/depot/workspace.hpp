// The workspaces that a project is a member of (1.12 and later).
#pragma once

#include <optional>
#include <string>

#include "jireloc/environment.hpp"
#include "jireloc/layout.hpp"

namespace jireloc {

// base_project (base/loading.jl): the project of the workspace that the one in `folder` is a member of, if
// any. Up to 1.12.1 only the folder above is looked at, and members are known by their names; since, all
// folders above up to `home` or the root, and members by what they are. `folder` is absolute. Throws Error.
std::optional<ProjectFile> find_workspace(const std::string& folder, const JuliaVersion& version,
                                          const std::string& home, const FileView& view);

}  // namespace jireloc
