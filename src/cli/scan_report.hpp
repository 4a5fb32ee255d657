// What `scan` found in one image, and its two ways of telling it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/command_line.hpp"
#include "jireloc/payload.hpp"
#include "jireloc/payload_audit.hpp"

namespace jireloc::cli {

constexpr std::string_view scan_schema = "jireloc/scan/1";

constexpr uint64_t kMostListed = 1000;

struct ScanReport {
  std::string path;          // of the image, absolute
  std::string library_path;  // absolute; empty where the image has none
  bool library_present = false;
  PayloadScan scan;
  uint64_t most_listed = kMostListed;  // occurrences
  std::optional<PayloadAudit> audit;   // with --all-paths
  bool with_step = false;              // and a map
};

// `summary_only`: one line, without the occurrences.
std::string scan_text(const ScanReport& report, bool summary_only, bool color);
// One JSON object.
std::string scan_json(const ScanReport& report, bool summary_only, const Common& common);

}  // namespace jireloc::cli
