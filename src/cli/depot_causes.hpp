// What the summary of `relocate` and `prune` says of each cause for which something was not cached.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cli/command_line.hpp"
#include "jireloc/relocate.hpp"

namespace jireloc::cli {

// What became of one item and why, gathered over a run.
class DepotCauses {
 public:
  void add(const DepotItem& item);
  // A line a cause: how many, what it means, and the command that helps.
  std::string text(const CommandLine& line) const;

 private:
  struct Group {
    std::map<DepotItemKind, uint64_t> counts;
    Code cause = Code::none;
    std::string path;  // of the first item that is not only a consequence, else of the first
    bool is_own = false;
  };
  std::map<std::pair<DepotItemStatus, std::string>, Group> groups_;
};

}  // namespace jireloc::cli
