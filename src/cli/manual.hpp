// The manual page and the completions, made from the same tables as --help.
#pragma once

#include <string>

namespace jireloc::cli {

// jireloc(1) in roff.
std::string manual_page();
// A completion script for bash.
std::string bash_completion();

}  // namespace jireloc::cli
