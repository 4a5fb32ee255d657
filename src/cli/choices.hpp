// Arguments of options that are one of a few words.
#pragma once

#include <string_view>

#include "cli/command_line.hpp"

namespace jireloc::cli {

// Throws Error (usage) where `argument` is none of the choices that the option may only have.
void check_choice(const Option& option, std::string_view argument);

}  // namespace jireloc::cli
