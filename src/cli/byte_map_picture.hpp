// Where the bytes of an image lie, drawn.
#pragma once

#include <string>

#include "jireloc/byte_map.hpp"

namespace jireloc::cli {

// What is drawn of a file: its parts, but for a row of many alike those behind the first become one.
std::vector<BytePart> parts_to_draw(std::vector<BytePart> parts);

// An SVG for a browser, light or dark as that is: a row for each part, with its name, place and size, and a
// bar as wide as its share of the file, but wide enough to be seen. `image`, `library`: paths here.
std::string byte_map_svg(const ByteMap& map, const std::string& image, const std::string& library);

}  // namespace jireloc::cli
