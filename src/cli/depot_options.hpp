// Options of commands that work on whole depots, and on bundles of them: relocate, prune, pack, unpack.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "jireloc/relocate.hpp"

namespace jireloc::cli {

inline constexpr Option depots_julia_row = {
    "julia", 0, "PATH",
    "a Julia, which is run once and asked for its depots: those bundled with it serve images, too"};
inline constexpr Option julia_share_row = {"julia-share", 0, "DIR",
                                           "the same without running it: its folder share/julia"};
inline constexpr Option build_scripts_row = {"allow-build-scripts", 0, "",
                                             "also packages with a deps/build.jl"};
inline constexpr Option world_writable_row = {"allow-world-writable", 0, "",
                                              "write to a depot that everybody may write to"};
inline constexpr Option lock_timeout_row = {
    "lock-timeout", 0, "SECONDS",
    "how long to wait for another run in the depot; default 0, and a minute once at work"};

// What of these, and of --manifest, --registry and --untrusted, a command takes. `depot`: the one that is
// judged, packed or unpacked to.
void read_depot_options(const CommandLine& line, const std::string& depot, DepotOptions& options);

}  // namespace jireloc::cli
