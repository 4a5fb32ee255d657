// The manual page, made from the same tables as --help.
#pragma once

#include <string>
#include <string_view>

namespace jireloc::cli {

// Text for roff: backslashes and dashes are characters, and no line is taken for a request.
std::string roff(std::string_view text);
// jireloc(1) in roff.
std::string manual_page();

}  // namespace jireloc::cli
