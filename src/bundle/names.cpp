#include "bundle/names.hpp"

#include <algorithm>
#include <array>

#include "bytes/temporaries.hpp"

namespace jireloc::bundles {
namespace {

constexpr size_t kLongestComponent = 255;  // NAME_MAX
constexpr size_t kMostComponents = 140;    // 128 folders below a tree, see walk_tree

// Calls use(component) for each part between slashes, until it gives something.
template <typename Use>
std::string_view each_component(std::string_view path, Use use) {
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (const std::string_view why = use(path.substr(begin, end - begin)); !why.empty()) return why;
    begin = end + 1;
  }
  return {};
}

std::string_view refused_component(std::string_view name) {
  if (name.empty()) return "it has an empty component";
  if (name == "." || name == "..") return "it has a component . or ..";
  if (name.size() > kLongestComponent) return "it has a component of more than 255 bytes";
  if (is_temporary_name(name)) return "it has the name of a temporary file";
  if (name == ".git") return "what is named .git belongs to no package";
  return {};
}

bool is_image_file(std::string_view name) {
  constexpr std::array<std::string_view, 4> kEndings = {".ji", ".so", ".dylib", ".dll"};
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) {
    return name.size() > ending.size() && name.ends_with(ending);
  });
}

size_t depth_of(std::string_view path) {
  return 1 + static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
}

// Whether the first components are as a depot has them.
bool is_in_depot(std::string_view path) {
  const size_t depth = depth_of(path);
  if (path.starts_with("packages/")) return depth >= 3;
  if (path.starts_with("artifacts/")) return depth >= 2;
  if (!path.starts_with("compiled/v")) return false;
  return (depth == 3 || depth == 4) && is_image_file(path.substr(path.rfind('/') + 1));
}

}  // namespace

std::string_view refused_name(std::string_view path) {
  if (path.empty()) return "it is empty";
  if (path.size() > kLongestPath) return "it is longer than 4095 bytes";
  if (path.front() == '/') return "it is absolute";
  if (path.find('\0') != std::string_view::npos) return "it holds a NUL";
  if (depth_of(path) > kMostComponents) return "it has more than 140 components";
  if (const std::string_view why = each_component(path, refused_component); !why.empty()) return why;
  return is_in_depot(path) ? std::string_view()
                           : "it lies where a depot keeps no packages, artifacts or images";
}

std::string_view tree_of(std::string_view path) {
  int components = path.starts_with("packages/") ? 3 : path.starts_with("artifacts/") ? 2 : 0;
  size_t end = components == 0 ? 0 : std::string_view::npos;
  for (size_t at = 0; components > 0; --components) {
    end = path.find('/', at);
    if (end == std::string_view::npos) return components == 1 ? path : std::string_view();
    at = end + 1;
  }
  return path.substr(0, end);
}

std::string_view refused_link(std::string_view path, std::string_view text) {
  const std::string_view tree = tree_of(path);
  if (tree.empty() || tree == path) return "links may only lie in packages and artifacts";
  if (text.empty()) return "it leads to nothing";
  if (text.size() > kLongestPath) return "it is longer than 4095 bytes";
  if (text.front() == '/') return "it is absolute";
  if (text.find('\0') != std::string_view::npos) return "it holds a NUL";
  size_t above = depth_of(path) - depth_of(tree) - 1;  // folders between the link and its tree
  bool is_named = false;
  return each_component(text, [&](std::string_view component) -> std::string_view {
    if (component != "..") {
      is_named = is_named || (component != "." && !component.empty());
      return {};
    }
    if (is_named) return "it goes up again behind a name";
    if (above == 0) return "it leads out of its package or artifact";
    --above;
    return {};
  });
}

}  // namespace jireloc::bundles
