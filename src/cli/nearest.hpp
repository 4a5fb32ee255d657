// What somebody most likely meant who typed a word that there is not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.hpp"

namespace jireloc::cli {

// How many letters must be changed, added, dropped or swapped with their neighbour to make one of the other.
size_t edit_distance(std::string_view a, std::string_view b);

// The word that `typed` begins, where it is only one, or the nearest one; empty where none is near.
std::string_view nearest(std::string_view typed, const std::vector<std::string_view>& words);

// "; did you mean 'NEAREST'?", or nothing.
std::string did_you_mean(std::string_view typed, const std::vector<std::string_view>& words);

// What is said of an option ("--mpa", "-x") that a subcommand does not have.
std::string unknown_option_sentence(const CommandSpec& spec, std::string_view typed);

}  // namespace jireloc::cli
