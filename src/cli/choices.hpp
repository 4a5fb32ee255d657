// Arguments of options that are one of a few words.
#pragma once

#include <string_view>
#include <vector>

#include "cli/command_line.hpp"

namespace jireloc::cli {

// What stands between the separators: one piece more than there are of them.
std::vector<std::string_view> pieces_of(std::string_view text, char separator);

// Throws Error (usage) where `argument` is none of the choices that the option may only have.
void check_choice(const Option& option, std::string_view argument);

}  // namespace jireloc::cli
