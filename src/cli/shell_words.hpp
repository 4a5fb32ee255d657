// Commands for people to paste.
#pragma once

#include <string>
#include <string_view>

#include "cli/command_line.hpp"

namespace jireloc::cli {

// As a shell (bash, zsh, ksh) reads it, and fit for a terminal: as it is, in '…', or in $'…'.
std::string shell_word(const std::string& word);

// "jireloc NAME WORDS…": the command line as it was typed, with `options` (each with its space behind it)
// before the words.
std::string as_typed(const CommandLine& line, std::string_view options = {});

}  // namespace jireloc::cli
