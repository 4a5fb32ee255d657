// The processor that the command line names.
#pragma once

#include <memory>

#include "cli/command_line.hpp"
#include "jireloc/processor.hpp"

namespace jireloc::cli {

// --cpu and --cpu-of; else this machine's where a Julia that runs here was asked; else null: none is judged.
// Throws Error (usage).
std::shared_ptr<const Processor> processor_option(const CommandLine& line, bool julia_runs_here);

}  // namespace jireloc::cli
