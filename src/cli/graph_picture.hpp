// A graph drawn in layers, without Graphviz: every edge runs from left to right.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace jireloc::cli {

struct Point {
  double x = 0, y = 0;
};

struct PictureNode {
  double width = 0, height = 0;  // given
  std::vector<size_t> edges;     // given: to which nodes
  Point corner;                  // upper left
  size_t layer = 0;
  std::vector<std::vector<Point>> routes;  // of the edges: from the right side, around others, to a left side
};

// Places the nodes; each edge leads to a later layer, and passes between the nodes of those that it crosses.
// Nodes without edges stand in rows below. Returns width and height of the whole. An edge that would close a
// cycle is left without a route.
std::pair<double, double> place(std::vector<PictureNode>& nodes);

}  // namespace jireloc::cli
