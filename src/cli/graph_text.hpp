// A network of images as text of other programs: DOT, SVG and JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/depot_network.hpp"
#include "cli/json.hpp"

namespace jireloc::cli {

std::string graph_dot(const Network& network);
// With light and dark colours, as the viewer prefers. Throws Error (too_large) above kLargestPicture nodes.
std::string graph_svg(const Network& network);
inline constexpr size_t kLargestPicture = 500;
// One object, of schema jireloc/graph/1.
std::string graph_json(const Network& network);
// "key": the numbers of nodes.
void write_nodes_of(JsonWriter& json, std::string_view key, const std::vector<size_t>& nodes);

}  // namespace jireloc::cli
