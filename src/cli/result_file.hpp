// Where --output puts what a command prints.
#pragma once

#include <string>
#include <string_view>

#include "cli/command_line.hpp"
#include "cli/output.hpp"

namespace jireloc::cli {

inline constexpr Option result_file_row = {"output", 'o', "FILE",
                                           "write to FILE, whole or not at all; default: standard output"};

// Writes `text` where that option says. Throws Error (io).
void write_result(const CommandLine& line, Output& out, std::string_view text);

}  // namespace jireloc::cli
