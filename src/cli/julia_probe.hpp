// Asking a Julia what it is.
#pragma once

#include <string>
#include <vector>

#include "jireloc/check.hpp"

namespace jireloc::cli {

struct JuliaFacts {
  ExpectedJulia expected;           // its format number stays 0: no Julia tells it
  std::vector<std::string> depots;  // DEPOT_PATH
  std::string bindir;
  bool runs_here = false;  // it was run, on this machine's processor
};

// Runs `julia` once, without start-up file, and reads what it prints. Throws Error (io) if it cannot be run
// or fails.
JuliaFacts ask_julia(const std::string& julia);

}  // namespace jireloc::cli
