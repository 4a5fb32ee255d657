// Completions for shells, made from the same tables as --help.
#pragma once

#include <string>

namespace jireloc::cli {

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace jireloc::cli
