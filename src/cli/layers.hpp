// The depots behind those that relocate and prune work on.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.hpp"

namespace jireloc::cli {

struct LayerNames {
  std::vector<std::string> depots;  // as Julia sees them
  std::string bundled;              // …/share/julia; empty where nobody says where Julia is
};

// --depot (else JULIA_DEPOT_PATH, else the depots of the Julia that --julia runs), --julia and --julia-share.
// `depot`: one of the run's own, which tells the version of Julia that the form of a depot path goes by.
LayerNames read_layers(const CommandLine& line, const std::string& depot);

}  // namespace jireloc::cli
