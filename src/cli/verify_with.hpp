// unpack --verify-with: a tool that the user names says whether a bundle is one that he trusts.
#pragma once

#include <string>

#include "jireloc/bundle.hpp"

namespace jireloc::cli {

// Opens the file, runs the command, and gives the very file that was open, unread: as it was before the
// command ran, or reading it to its end ends in an error (conflict). The command's words are what spaces
// part, for no shell reads it; the file's path stands for each "{}" in them, or behind all words, and what it
// reads is the file. What it prints goes to stderr. Throws Error: usage (no command, standard
// input, in a host), io (it cannot be run), bad_checksum (it ended with another status than 0), conflict (the
// file changed meanwhile).
BundleSource bundle_verified_with(const std::string& command, const std::string& path);

}  // namespace jireloc::cli
