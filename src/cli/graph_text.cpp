#include "cli/graph_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/graph_picture.hpp"
#include "cli/json.hpp"
#include "cli/places.hpp"
#include "cli/printable.hpp"
#include "cli/xml_text.hpp"
#include "jireloc/error.hpp"

namespace jireloc::cli {
namespace {

// "stale: wrong-source"
std::string state_of(const NetworkNode& node) {
  return node.cause.empty() ? std::string(name(node.condition))
                            : fmt::format("{}: {}", name(node.condition), node.cause);
}

std::string hint_of(const NetworkNode& node) {
  std::string hint = node.image == nullptr ? "" : printable(node.image->path);
  if (!node.message.empty()) hint += (hint.empty() ? "" : "\n") + printable(node.message);
  return hint;
}

std::string dot_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? "\\n" : std::string(1, c);
  }
  return out;
}

std::string_view dot_style(Condition condition) {
  switch (condition) {
    case Condition::loads:
      return "color=\"#2e7d32\"";
    case Condition::waits:
      return "color=\"#b26a00\", style=dashed";
    case Condition::stale:
      return "color=\"#c62828\", penwidth=2";
    case Condition::unreadable:
      return "color=\"#6a1b9a\", penwidth=2";
    case Condition::unknown:
      return "color=\"#616161\", style=dashed";
    case Condition::absent:
      return "color=\"#c62828\", style=dotted";
  }
  return "";
}

constexpr double kNodeHeight = 44, kLetter = 7.9, kSmallLetter = 6.7, kPadding = 10;

constexpr std::string_view kSvgStyle =
    "text{font:13px ui-monospace,monospace;fill:#1a1a1a}text.s{font-size:11px;fill:#555}"
    ".back{fill:#fff}rect.n{fill:#f6f7f8;stroke-width:1.5}path{fill:none;stroke:#9aa0a6;stroke-width:1.2}"
    "path.r{stroke:#c62828;stroke-width:2.2}marker path{fill:#9aa0a6;stroke:none}#r path{fill:#c62828}"
    ".loads rect{stroke:#2e7d32}.waits rect{stroke:#b26a00;stroke-dasharray:6 3}"
    ".stale rect{stroke:#c62828;stroke-width:2.5}.unreadable rect{stroke:#6a1b9a;stroke-width:2.5}"
    ".unknown rect{stroke:#616161;stroke-dasharray:6 3}.absent rect{stroke:#c62828;stroke-dasharray:2 3}"
    "@media(prefers-color-scheme:dark){text{fill:#e8eaed}text.s{fill:#aab0b6}.back{fill:#17191c}"
    "rect.n{fill:#22262b}path{stroke:#6b7178}marker path{fill:#6b7178}path.r{stroke:#ff6b6b}"
    "#r path{fill:#ff6b6b}.loads rect{stroke:#66bb6a}.waits rect{stroke:#ffb74d}"
    ".stale rect,.absent rect{stroke:#ff6b6b}.unreadable rect{stroke:#ce93d8}}";

std::vector<PictureNode> picture_of(const Network& network) {
  std::vector<PictureNode> nodes(network.nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const NetworkNode& node = network.nodes[i];
    const auto label = static_cast<double>(columns(printable(node.label)));
    nodes[i].width =
        std::max(label * kLetter, static_cast<double>(state_of(node).size()) * kSmallLetter) + 2 * kPadding;
    nodes[i].height = kNodeHeight;
    nodes[i].edges = node.direct;
  }
  return nodes;
}

// From point to point with level beginnings and ends.
std::string curve(const std::vector<Point>& points) {
  std::string path = fmt::format("M{:.1f} {:.1f}", points[0].x, points[0].y);
  for (size_t i = 1; i < points.size(); ++i) {
    const double middle = (points[i - 1].x + points[i].x) / 2;
    path += fmt::format("C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", middle, points[i - 1].y, middle,
                        points[i].y, points[i].x, points[i].y);
  }
  return path;
}

std::string svg_node(const NetworkNode& node, const PictureNode& placed) {
  const auto [x, y] = placed.corner;
  return fmt::format(
      "<g class=\"{}\"><title>{}</title><rect class=\"n\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
      "height=\"{:.0f}\" rx=\"6\"/><text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>"
      "<text class=\"s\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text></g>\n",
      name(node.condition), xml_text(hint_of(node)), x, y, placed.width, placed.height, x + kPadding, y + 19,
      xml_text(printable(node.label)), x + kPadding, y + 35, state_of(node));
}

std::string svg_edges(const Network& network, const std::vector<PictureNode>& placed, bool rejected) {
  std::string out;
  for (size_t i = 0; i < placed.size(); ++i) {
    for (size_t edge = 0; edge < placed[i].edges.size(); ++edge) {
      const size_t target = placed[i].edges[edge];
      if (placed[i].routes[edge].empty() || network.is_rejected_chain(i, target) != rejected) continue;
      out += fmt::format("<path{} d=\"{}\" marker-end=\"url(#{})\"><title>{} needs {}</title></path>\n",
                         rejected ? " class=\"r\"" : "", curve(placed[i].routes[edge]), rejected ? "r" : "a",
                         xml_text(printable(network.nodes[i].label)),
                         xml_text(printable(network.nodes[target].label)));
    }
  }
  return out;
}

std::string svg_arrow(std::string_view id) {
  return fmt::format(
      "<marker id=\"{}\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
      "markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8Z\"/></marker>",
      id);
}

}  // namespace

void write_nodes_of(JsonWriter& json, std::string_view key, const std::vector<size_t>& places) {
  json.key(key).begin_array();
  for (const size_t place : places) json.number(static_cast<int64_t>(place));
  json.end_array();
}

std::string graph_dot(const Network& network) {
  std::string out =
      "digraph depot {\n  rankdir=LR;\n  node [shape=box, fontname=\"monospace\"];\n"
      "  edge [color=\"#9aa0a6\"];\n";
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    const NetworkNode& node = network.nodes[i];
    out += fmt::format("  n{} [label=\"{}\\n{}\", {}, tooltip=\"{}\"];\n", i, dot_text(printable(node.label)),
                       state_of(node), dot_style(node.condition), dot_text(hint_of(node)));
  }
  for (size_t i = 0; i < network.nodes.size(); ++i)
    for (const size_t target : network.nodes[i].direct)
      out += fmt::format("  n{} -> n{}{};\n", i, target,
                         network.is_rejected_chain(i, target) ? " [color=\"#c62828\", penwidth=2]" : "");
  return out + "}\n";
}

std::string graph_svg(const Network& network) {
  if (network.nodes.size() > kLargestPicture)
    throw Error(ErrorKind::too_large,
                fmt::format("{} images are too many to be drawn here (at most {}): name fewer, take --format "
                            "dot for Graphviz, or jireloc report",
                            network.nodes.size(), kLargestPicture));
  std::vector<PictureNode> placed = picture_of(network);
  const auto [width, height] = place(placed);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0f}\" height=\"{:.0f}\" viewBox=\"0 0 {:.0f} "
      "{:.0f}\" role=\"img\" aria-label=\"{} images and what they need\">\n<style>{}</style>\n"
      "<defs>{}{}</defs>\n<rect class=\"back\" width=\"100%\" height=\"100%\"/>\n",
      width, height, width, height, network.nodes.size(), kSvgStyle, svg_arrow("a"), svg_arrow("r"));
  out += svg_edges(network, placed, false) + svg_edges(network, placed, true);
  for (size_t i = 0; i < placed.size(); ++i) out += svg_node(network.nodes[i], placed[i]);
  return out + "</svg>\n";
}

std::string graph_json(const Network& network) {
  JsonWriter json;
  json.begin_object().field("schema", "jireloc/graph/1").key("nodes").begin_array();
  for (const NetworkNode& node : network.nodes) {
    json.begin_object().field("package", node.package);
    if (node.image != nullptr)
      json.path("path", paths::absolute(node.image->path)).flag("named", node.image->input);
    json.field("condition", name(node.condition));
    if (!node.cause.empty()) json.field("code", node.cause).field("message", node.message);
    write_nodes_of(json, "needs", node.needs);
    write_nodes_of(json, "drawn", node.direct);
    json.end_object();
  }
  return json.end_array().end_object().take() + "\n";
}

}  // namespace jireloc::cli
