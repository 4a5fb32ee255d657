// What the files of a Julia installation say of it, for one that cannot run here.
#pragma once

#include <optional>
#include <string>

#include "cli/command_line.hpp"
#include "cli/julia_probe.hpp"
#include "jireloc/file_view.hpp"

namespace jireloc::cli {

// The Julia installed in `folder` (bin/julia, share/julia/...), as Julia sees it: version and commit as its
// base/build_h.jl and base/version_git.jl have them, which its system image was made from. What runs it with
// (flags, the modules of the system image) no file tells. Throws Error (usage) where it is no such folder, or
// without these files.
JuliaFacts read_julia(const std::string& folder, const FileView& view);

// The Julia of --julia: a folder is read, a program is run.
JuliaFacts named_julia(const CommandLine& line);

// A Julia of which nothing but the version is known.
JuliaFacts of_version_alone(const std::string& version);

// --julia, or as much as --julia-version tells; nothing without either.
std::optional<JuliaFacts> expected_julia(const CommandLine& line);

}  // namespace jireloc::cli
