// What `rewrite` says of each image and of the whole run.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "cli/command_line.hpp"
#include "cli/image_batch.hpp"
#include "rewrite/batch_rewrite.hpp"

namespace jireloc::cli {

inline constexpr std::string_view rewrite_schema = "jireloc/rewrite/2";

// An image with its outcome, or something else that was found in its place.
struct RewriteItem {
  ItemOutput other;
  std::shared_ptr<rewriting::Outcome> outcome = nullptr;
};

struct RewriteSummary {
  uint64_t rewritten = 0, unchanged = 0, skipped = 0, failed = 0, bytes = 0;
  uint64_t grown = 0, dropped_images = 0, dropped_code = 0;
  uint64_t texts_replaced = 0, constants_left = 0;
  std::set<std::string> maps_used;  // by their OLD
  bool all_looked_into = true;      // else a map may have matched what was not looked at
};

std::string_view name(PayloadAction action);  // "relocate", "header-only", ...

// Counts the outcome in and renders it.
ItemOutput report(const CommandLine& line, const rewriting::Outcome& outcome, RewriteSummary& summary);
std::string summary_text(const RewriteSummary& summary, bool dry_run);
// A line for each map that matched nothing.
std::string unmatched_maps(const RewriteSummary& summary, const RewriteOptions& options);

}  // namespace jireloc::cli
