// The git tree hashes of the packages and artifacts of a bundle, taken while its files are written.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "depot/git_tree.hpp"
#include "jireloc/bundle.hpp"

namespace jireloc::bundles {

class StagedTrees {
 public:
  // Those files that lie in no tree (images) count for nothing. A folder comes before what is in it.
  void add_folder(const BundleFile& folder);
  void add_link(const BundleFile& link);
  void add_file(const BundleFile& file, bool is_executable, const Sha1& blob);
  // What was made of a file may be something else: its tree has to be read to be hashed.
  void doubt(const BundleFile& file);

  // By their paths in the bundle, once, at the end. Without those that were doubted, and those beyond what
  // may be hashed of a tree: whoever reads them says so.
  std::map<std::string, TreeHash> finish(const TreeLimits& limits);

 private:
  struct Tree {
    GitTree git;
    std::map<std::string, size_t, std::less<>> folders;  // numbers, by their paths in the bundle
    bool is_doubted = false;
  };
  struct Place {
    size_t folder;
    std::string name;
  };
  Tree* tree_of_path(std::string_view path);
  static Place place_in(Tree& tree, const std::string& path);

  std::map<std::string, Tree, std::less<>> trees_;
};

}  // namespace jireloc::bundles
