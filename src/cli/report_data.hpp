// What the page of `jireloc report` shows.
#pragma once

#include <string>

#include "cli/check_run.hpp"
#include "cli/command_line.hpp"

namespace jireloc::cli {

// One object, of schema jireloc/report/1. `asked`: the command line that the check was asked by; `command`:
// what was typed; `made`: when; `payloads`: look into those too.
std::string report_data(const CheckRun& check, const CommandLine& asked, const std::string& command,
                        const std::string& made, bool payloads);

// The page: one file with all that it needs.
std::string report_page(const std::string& data);

}  // namespace jireloc::cli
