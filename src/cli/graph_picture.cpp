#include "cli/graph_picture.hpp"

#include <algorithm>
#include <numeric>

namespace jireloc::cli {
namespace {

constexpr double kMargin = 16, kBetweenLayers = 72, kBetweenNodes = 14, kRouteHeight = 10;
constexpr size_t kSweeps = 12;

// A node, or a place where an edge passes a layer.
struct Slot {
  size_t node;  // kNone: an edge passes
  double height;
  std::vector<size_t> before, after;  // slots of the layers beside
  double y = 0;                       // the middle
  double rank = 0;                    // its place in the layer
};
constexpr size_t kNone = static_cast<size_t>(-1);

class Layers {
 public:
  explicit Layers(std::vector<PictureNode>& nodes) : nodes_(nodes), slot_of_(nodes.size(), kNone) {}

  std::pair<double, double> place() {
    find_layers();
    make_slots();
    for (size_t sweep = 0; sweep < kSweeps; ++sweep) order(sweep % 2 == 0);
    stack();
    draw_routes();
    return place_lonely();
  }

 private:
  bool is_lonely(size_t node) const { return nodes_[node].edges.empty() && !is_target_[node]; }

  // The layer of a node is how many edges the longest way from it has, counted from the right. Edges that
  // would close a cycle are left out.
  void find_layers() {
    is_target_.assign(nodes_.size(), false);
    kept_.resize(nodes_.size());
    std::vector<char> state(nodes_.size(), 0);  // 1: being visited, 2: done
    std::vector<size_t> depth(nodes_.size(), 0);
    for (size_t start = 0; start < nodes_.size(); ++start) visit(start, state, depth);
    const size_t deepest = nodes_.empty() ? 0 : *std::max_element(depth.begin(), depth.end());
    for (size_t i = 0; i < nodes_.size(); ++i) nodes_[i].layer = deepest - depth[i];
    layers_.resize(deepest + 1);
  }

  void visit(size_t start, std::vector<char>& state, std::vector<size_t>& depth) {
    std::vector<std::pair<size_t, size_t>> open;
    if (state[start] == 0) open.emplace_back(start, 0);
    while (!open.empty()) {
      auto& [node, next] = open.back();
      state[node] = 1;
      if (next < nodes_[node].edges.size()) {
        const size_t target = nodes_[node].edges[next];
        if (state[target] == 0) {
          open.emplace_back(target, 0);
        } else {
          if (state[target] == 2) keep(node, next, depth);
          ++next;
        }
        continue;
      }
      state[node] = 2;
      open.pop_back();
    }
  }

  void keep(size_t node, size_t edge, std::vector<size_t>& depth) {
    const size_t target = nodes_[node].edges[edge];
    kept_[node].push_back(edge);
    is_target_[target] = true;
    depth[node] = std::max(depth[node], depth[target] + 1);
  }

  size_t add_slot(size_t layer, size_t node, double height) {
    slots_.push_back({node, height, {}, {}, 0, static_cast<double>(layers_[layer].size())});
    layers_[layer].push_back(slots_.size() - 1);
    return slots_.size() - 1;
  }

  void make_slots() {
    for (size_t i = 0; i < nodes_.size(); ++i)
      if (!is_lonely(i)) slot_of_[i] = add_slot(nodes_[i].layer, i, nodes_[i].height);
    for (size_t i = 0; i < nodes_.size(); ++i) {
      nodes_[i].routes.resize(nodes_[i].edges.size());
      for (const size_t edge : kept_[i]) lead(i, edge);
    }
  }

  void lead(size_t node, size_t edge) {
    const size_t target = nodes_[node].edges[edge];
    Route route{node, edge, {slot_of_[node]}};
    for (size_t layer = nodes_[node].layer + 1; layer < nodes_[target].layer; ++layer)
      route.slots.push_back(add_slot(layer, kNone, kRouteHeight));
    route.slots.push_back(slot_of_[target]);
    for (size_t i = 0; i + 1 < route.slots.size(); ++i) {
      slots_[route.slots[i]].after.push_back(route.slots[i + 1]);
      slots_[route.slots[i + 1]].before.push_back(route.slots[i]);
    }
    routes_.push_back(std::move(route));
  }

  // Each slot goes where those that it is tied to are in the mean: few edges cross then (Sugiyama).
  void order(bool forwards) {
    for (size_t step = 0; step < layers_.size(); ++step) {
      std::vector<size_t>& layer = layers_[forwards ? step : layers_.size() - 1 - step];
      for (const size_t slot : layer) {
        const std::vector<size_t>& tied = forwards ? slots_[slot].before : slots_[slot].after;
        if (tied.empty()) continue;
        double sum = 0;
        for (const size_t other : tied) sum += slots_[other].rank;
        slots_[slot].rank = sum / static_cast<double>(tied.size());
      }
      std::stable_sort(layer.begin(), layer.end(),
                       [&](size_t a, size_t b) { return slots_[a].rank < slots_[b].rank; });
      // As parts of the whole, so that layers of different sizes can be compared.
      for (size_t i = 0; i < layer.size(); ++i)
        slots_[layer[i]].rank = (static_cast<double>(i) + 0.5) / static_cast<double>(layer.size());
    }
  }

  double height_of(const std::vector<size_t>& layer) const {
    double height = layer.empty() ? 0 : kBetweenNodes * static_cast<double>(layer.size() - 1);
    for (const size_t slot : layer) height += slots_[slot].height;
    return height;
  }

  void stack() {
    double tallest = 0, x = kMargin;
    for (const auto& layer : layers_) tallest = std::max(tallest, height_of(layer));
    for (const auto& layer : layers_) {
      double y = kMargin + (tallest - height_of(layer)) / 2, widest = 0;
      for (const size_t slot : layer) {
        slots_[slot].y = y + slots_[slot].height / 2;
        if (slots_[slot].node != kNone) {
          PictureNode& node = nodes_[slots_[slot].node];
          node.corner = {x, y};
          widest = std::max(widest, node.width);
        }
        y += slots_[slot].height + kBetweenNodes;
      }
      lefts_.push_back(x);
      widths_.push_back(widest);
      if (!layer.empty()) x += widest + kBetweenLayers;
    }
    right_ = std::max(x - kBetweenLayers, kMargin);
    bottom_ = tallest == 0 ? 0 : kMargin + tallest;
  }

  void draw_routes() {
    for (const Route& route : routes_) {
      PictureNode& node = nodes_[route.node];
      std::vector<Point>& points = node.routes[route.edge];
      points.push_back({node.corner.x + node.width, slots_[route.slots.front()].y});
      for (size_t i = 1; i + 1 < route.slots.size(); ++i) {
        const size_t layer = node.layer + i;
        points.push_back({lefts_[layer], slots_[route.slots[i]].y});
        points.push_back({lefts_[layer] + widths_[layer], slots_[route.slots[i]].y});
      }
      points.push_back({nodes_[node.edges[route.edge]].corner.x, slots_[route.slots.back()].y});
    }
  }

  std::pair<double, double> place_lonely() {
    constexpr double kLeastWidth = 900;
    const double limit = std::max(right_, kLeastWidth);
    double x = kMargin, y = bottom_ + kMargin, lowest = bottom_;
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (!is_lonely(i)) continue;
      if (x > kMargin && x + nodes_[i].width > limit) {
        x = kMargin;
        y = lowest + kBetweenNodes;
      }
      nodes_[i].corner = {x, y};
      x += nodes_[i].width + kBetweenNodes;
      right_ = std::max(right_, x - kBetweenNodes);
      lowest = std::max(lowest, y + nodes_[i].height);
    }
    return {right_ + kMargin, lowest + kMargin};
  }

  struct Route {
    size_t node, edge;
    std::vector<size_t> slots;
  };

  std::vector<PictureNode>& nodes_;
  std::vector<bool> is_target_;
  std::vector<std::vector<size_t>> kept_;  // by node: which of its edges
  std::vector<size_t> slot_of_;
  std::vector<Slot> slots_;
  std::vector<std::vector<size_t>> layers_;  // slots
  std::vector<Route> routes_;
  std::vector<double> lefts_, widths_;  // of layers
  double right_ = 0, bottom_ = 0;
};

}  // namespace

std::pair<double, double> place(std::vector<PictureNode>& nodes) {
  return Layers(nodes).place();
}

}  // namespace jireloc::cli
