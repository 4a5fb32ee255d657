#include "relocate/step_view.hpp"

#include <algorithm>

#include "jireloc/error.hpp"
#include "jireloc/path_map.hpp"

namespace jireloc::relocating {
namespace {

// Names nothing: a file has no files in it.
constexpr const char* kNowhere = "/dev/null/dropped";

}  // namespace

std::string tree_in_depot(std::string_view tail) {
  const int components = tail.starts_with("packages/") || tail.starts_with("scratchspaces/") ? 3
                         : tail.starts_with("artifacts/")                                    ? 2
                                                                                             : 0;
  size_t end = 0;
  for (int k = 0; k < components; ++k) {
    if (k > 0 && end == tail.size()) return {};
    end = std::min(tail.find('/', end == 0 ? 0 : end + 1), tail.size());
  }
  return std::string(tail.substr(0, end));
}

std::string StepView::actual(const std::string& path) const {
  const std::string& to = run_.options.to;
  std::string there = run_.places.view().actual(path);
  if (!is_path_prefix(to, path) || path.size() <= to.size() + 1) return there;
  const std::string_view tail = std::string_view(path).substr(to.size() + 1);
  if (const auto tree = run_.unusable_packages.find(tree_in_depot(tail));
      tree != run_.unusable_packages.end()) {
    if (tree->second.unknown) throw Error(ErrorKind::io, tree->second.why, path);
    return kNowhere;
  }
  if (comes_later(tail) && !file_status(there).exists())
    return run_.places.view().actual(run_.options.from + path.substr(to.size()));
  return there;
}

bool StepView::comes_later(std::string_view tail) const {
  // Images follow their packages, and the folders that hold them are made for the first.
  for (const std::string_view top : {"compiled", "packages", "artifacts"}) {
    if (tail == top) return true;
  }
  if (tail.starts_with("compiled/")) return true;
  const std::string tree = tree_in_depot(tail);
  if (tree.empty()) return false;
  return !run_.writes() ? !tree.starts_with("scratchspaces/") || run_.options.scratchspaces
                        : run_.of_other_shards.contains(tree);
}

}  // namespace jireloc::relocating
