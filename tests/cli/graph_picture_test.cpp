#include "cli/graph_picture.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace jireloc::cli;

namespace {

std::vector<PictureNode> nodes(const std::vector<std::vector<size_t>>& edges) {
  std::vector<PictureNode> nodes(edges.size());
  for (size_t i = 0; i < edges.size(); ++i) {
    nodes[i].width = 60 + 10.0 * static_cast<double>(i % 7);
    nodes[i].height = 40;
    nodes[i].edges = edges[i];
  }
  return nodes;
}

bool overlap(const PictureNode& a, const PictureNode& b) {
  return a.corner.x < b.corner.x + b.width && b.corner.x < a.corner.x + a.width &&
         a.corner.y < b.corner.y + b.height && b.corner.y < a.corner.y + a.height;
}

bool lies_in(const Point& point, const PictureNode& node) {
  return point.x > node.corner.x && point.x < node.corner.x + node.width && point.y > node.corner.y &&
         point.y < node.corner.y + node.height;
}

void check_picture(const std::vector<PictureNode>& nodes, std::pair<double, double> size) {
  for (size_t i = 0; i < nodes.size(); ++i) {
    REQUIRE(nodes[i].corner.x >= 0);
    REQUIRE(nodes[i].corner.y >= 0);
    REQUIRE(nodes[i].corner.x + nodes[i].width <= size.first);
    REQUIRE(nodes[i].corner.y + nodes[i].height <= size.second);
    for (size_t j = 0; j < i; ++j) REQUIRE_FALSE(overlap(nodes[i], nodes[j]));
    for (size_t edge = 0; edge < nodes[i].edges.size(); ++edge) {
      const auto& route = nodes[i].routes[edge];
      if (route.empty()) continue;
      const PictureNode& target = nodes[nodes[i].edges[edge]];
      REQUIRE(route.front().x == nodes[i].corner.x + nodes[i].width);
      REQUIRE(route.back().x == target.corner.x);
      REQUIRE(nodes[i].layer < target.layer);
      for (size_t k = 1; k < route.size(); ++k) REQUIRE(route[k - 1].x < route[k].x);
      // The level parts, which pass a layer, go between its nodes.
      for (size_t k = 1; k + 1 < route.size(); k += 2) {
        const Point middle{(route[k].x + route[k + 1].x) / 2, route[k].y};
        for (const PictureNode& other : nodes) REQUIRE_FALSE(lies_in(middle, other));
      }
    }
  }
}

}  // namespace

TEST_CASE("a chain is drawn from left to right") {
  auto chain = nodes({{1}, {2}, {}});
  check_picture(chain, place(chain));
  CHECK(chain[0].corner.x < chain[1].corner.x);
  CHECK(chain[1].corner.x < chain[2].corner.x);
  CHECK(chain[0].routes[0].size() == 2);
}

TEST_CASE("an edge over a layer goes around what stands there") {
  auto over = nodes({{1, 2}, {2}, {}});
  check_picture(over, place(over));
  CHECK(over[0].routes[1].size() == 4);
}

TEST_CASE("nodes without edges stand below, in rows") {
  auto lonely = nodes({{1}, {}, {}, {}});
  check_picture(lonely, place(lonely));
  CHECK(lonely[2].corner.y > lonely[0].corner.y + lonely[0].height);
  CHECK(lonely[2].corner.y == lonely[3].corner.y);
  auto many = nodes(std::vector<std::vector<size_t>>(100));
  const auto size = place(many);
  check_picture(many, size);
  CHECK(size.first < 1000);
}

TEST_CASE("a cycle is drawn without one of its edges") {
  auto cycle = nodes({{1}, {2}, {0}});
  check_picture(cycle, place(cycle));
  size_t drawn = 0;
  for (const auto& node : cycle) drawn += node.routes[0].empty() ? 0 : 1;
  CHECK(drawn == 2);
  auto self = nodes({{0}});
  place(self);
  CHECK(self[0].routes[0].empty());
}

TEST_CASE("nothing is drawn of nothing") {
  std::vector<PictureNode> none;
  CHECK(place(none).first > 0);
}

TEST_CASE("random graphs are drawn without overlaps, and all their edges") {
  std::mt19937 random(18);
  for (size_t round = 0; round < 20; ++round) {
    std::vector<std::vector<size_t>> edges(40);
    for (size_t i = 0; i < edges.size(); ++i)
      for (size_t j = i + 1; j < edges.size(); ++j)
        if (random() % 100 < 4) edges[i].push_back(j);
    auto graph = nodes(edges);
    check_picture(graph, place(graph));
    for (const auto& node : graph)
      for (const auto& route : node.routes) REQUIRE_FALSE(route.empty());
  }
}
