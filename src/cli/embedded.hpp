// Files of the source tree that the program holds as texts: see tools/packaging/embed.cmake.
#pragma once

#include <string_view>

namespace jireloc::cli {

// `name` as below the source tree ("src/payload/README.md"); std::logic_error where it was not embedded.
std::string_view embedded(std::string_view name);

}  // namespace jireloc::cli
