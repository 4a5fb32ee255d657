// What `rewrite` says of each image and of the whole run.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "cli/command_line.hpp"
#include "cli/image_batch.hpp"
#include "jireloc/batch_rewrite.hpp"

namespace jireloc::cli {

inline constexpr std::string_view rewrite_schema = "jireloc/rewrite/2";

// An image with its outcome, or something else that was found in its place.
struct RewriteItem {
  ItemOutput other;
  std::shared_ptr<RewriteOutcome> outcome = nullptr;
};

struct RewriteSummary {
  std::map<RewriteStatus, uint64_t> images;
  GrownImages grown;
  uint64_t bytes = 0, texts_replaced = 0;
  std::set<std::string> maps_used;  // by their OLD
  bool all_looked_into = true;      // else a map may have matched what was not looked at
};

std::string_view name(PayloadAction action);  // "relocate", "header-only", ...

// Counts the outcome in and renders it.
ItemOutput report(const CommandLine& line, const RewriteOutcome& outcome, RewriteSummary& summary);
std::string summary_text(RewriteSummary& summary, bool dry_run);
// A line for each map that matched nothing.
std::string unmatched_maps(const RewriteSummary& summary, const RewriteOptions& options);

}  // namespace jireloc::cli
