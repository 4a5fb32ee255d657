// Git itself as the judge of tree hashes: hash-object --no-filters and mktree.
#pragma once

#include <string>
#include <vector>

#include "support/temp_folder.hpp"

namespace jireloc::test {

class GitOracle {
 public:
  GitOracle();  // makes a repository of its own; throws if there is no git
  // The tree object's id of a folder, built entry by entry by Pkg's rules (.git and folders without files
  // left out).
  std::string tree(const std::string& folder) const;
  // Of several folders, with a few calls of git for all together.
  std::vector<std::string> trees(const std::vector<std::string>& folders) const;

 private:
  std::string run(const std::string& arguments, const std::string& input) const;
  TempFolder repository_;
};

}  // namespace jireloc::test
