// jireloc --version.
#pragma once

#include <string>
#include <vector>

namespace jireloc::cli {

// `arguments` behind --version: nothing, or --json. Throws Error (usage).
std::string version_page(const std::vector<std::string>& arguments);

}  // namespace jireloc::cli
