// What `scan` found in one image, and its two ways of telling it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/command_line.hpp"
#include "jireloc/payload.hpp"
#include "jireloc/payload_audit.hpp"

namespace jireloc::cli {

constexpr std::string_view scan_schema = "jireloc/scan/2";

constexpr uint64_t kMostListed = 1000;

// What `rewrite` would make of the payload for another place.
struct Forecast {
  std::string to;  // normalised by nobody: as given
  uint64_t names = 0, constants = 0, dropped_code = 0;
  bool new_identity = false;
  uint64_t size_before = 0, size_after = 0;  // of the payload
  std::optional<Reason> obstacle;            // why nothing can be done in the payload
  PayloadAction action = PayloadAction::relocate;
};

struct ScanReport {
  std::string path;          // of the image, absolute
  std::string library_path;  // absolute; empty where the image has none
  bool library_present = false;
  PayloadScan scan;
  std::optional<Forecast> forecast;
  uint64_t most_listed = kMostListed;  // occurrences
  std::optional<PayloadAudit> audit;   // with --all-paths
  bool with_step = false;              // and a map
};

// `summary_only`: one line, without the occurrences.
std::string scan_text(const ScanReport& report, bool summary_only, bool color);
// One JSON object.
std::string scan_json(const ScanReport& report, bool summary_only, const Common& common);

}  // namespace jireloc::cli
