// A network of images as text of other programs: DOT, SVG and JSON.
#pragma once

#include <string>
#include <string_view>

#include "cli/depot_network.hpp"

namespace jireloc::cli {

std::string graph_dot(const Network& network);
// With light and dark colours, as the viewer prefers. Throws Error (too_large) above kLargestPicture nodes.
std::string graph_svg(const Network& network);
inline constexpr size_t kLargestPicture = 500;
// One object, of schema jireloc/graph/1.
std::string graph_json(const Network& network);

}  // namespace jireloc::cli
