// What `relocate` and `prune` say of each item and of the whole run.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "cli/command_line.hpp"
#include "cli/depot_causes.hpp"
#include "cli/image_batch.hpp"
#include "jireloc/relocate.hpp"

namespace jireloc::cli {

class DepotReporter {
 public:
  struct Manner {
    std::string_view schema;
    bool changes_nothing;  // a dry run, a prune that only reports
    bool strict;           // dropped items are findings
  };
  DepotReporter(const CommandLine& line, Output& out, const Manner& manner);
  // Its warnings, before anything is written; they are said once.
  void foretell(const DepotItem& item);
  void add(const DepotItem& item);
  // With --json, among the items: what another object says.
  void add_object(const std::string& json);
  // The table of figures (text only), and what it came to.
  ExitStatus finish();

 private:
  std::string json_object(const DepotItem& item) const;
  std::string table() const;

  const CommandLine& line_;
  Output& out_;
  const Manner manner_;
  ItemReport items_;
  std::map<std::pair<DepotItemKind, DepotItemStatus>, uint64_t> counts_;
  DepotCauses causes_;
  std::set<std::string> foretold_;  // warnings
  uint64_t bytes_ = 0;
  GrownImages grown_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace jireloc::cli
