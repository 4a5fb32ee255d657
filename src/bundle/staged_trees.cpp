#include "bundle/staged_trees.hpp"

#include <algorithm>
#include <utility>

#include "bundle/names.hpp"
#include "bytes/tree_walk.hpp"
#include "jireloc/work_limits.hpp"

namespace jireloc::bundles {

// Null where it lies in none.
StagedTrees::Tree* StagedTrees::tree_of_path(std::string_view path) {
  const std::string_view top = tree_of(path);
  if (top.empty()) return nullptr;
  if (const auto known = trees_.find(top); known != trees_.end()) return &known->second;
  Tree& tree = trees_[std::string(top)];
  tree.folders.emplace(top, 0);
  return &tree;
}

StagedTrees::Place StagedTrees::place_in(Tree& tree, const std::string& path) {
  const size_t slash = path.rfind('/');
  const auto folder = tree.folders.find(std::string_view(path).substr(0, slash));
  if (folder == tree.folders.end()) tree.is_doubted = true;  // a manifest that lists none was refused
  return {folder == tree.folders.end() ? 0 : folder->second, path.substr(slash + 1)};
}

void StagedTrees::add_folder(const BundleFile& folder) {
  Tree* tree = tree_of_path(folder.path);
  if (tree == nullptr || tree->folders.contains(folder.path)) return;
  const Place place = place_in(*tree, folder.path);
  tree->folders.emplace(folder.path, tree->git.add_folder(place.folder, place.name));
}

void StagedTrees::add_link(const BundleFile& link) {
  Tree* tree = tree_of_path(link.path);
  if (tree == nullptr) return;
  Place place = place_in(*tree, link.path);
  tree->git.add_link(place.folder, std::move(place.name), link.link);
}

void StagedTrees::add_file(const BundleFile& file, bool is_executable, const Sha1& blob) {
  Tree* tree = tree_of_path(file.path);
  if (tree == nullptr) return;
  Place place = place_in(*tree, file.path);
  tree->git.add_file(place.folder, std::move(place.name), is_executable, blob, file.size);
}

void StagedTrees::doubt(const BundleFile& file) {
  if (Tree* tree = tree_of_path(file.path)) tree->is_doubted = true;
}

std::map<std::string, TreeHash> StagedTrees::finish(const TreeLimits& limits) {
  std::map<std::string, TreeHash> hashes;
  for (auto& [path, tree] : trees_) {
    const bool may_be_hashed = tree.git.entries() <= limits.most_entries &&
                               tree.git.bytes() <= std::min(limits.most_bytes, work_limits().hashed) &&
                               tree.git.depth() <= WalkLimits().most_depth;
    if (may_be_hashed && !tree.is_doubted) hashes.emplace(path, tree.git.finish());
  }
  return hashes;
}

}  // namespace jireloc::bundles
