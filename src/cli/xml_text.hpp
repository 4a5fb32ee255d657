// Texts inside of SVG.
#pragma once

#include <string>
#include <string_view>

namespace jireloc::cli {

// `text` (printable) so that it ends no element and no attribute in double quotes.
std::string xml_text(std::string_view text);

}  // namespace jireloc::cli
