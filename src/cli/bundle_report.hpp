// What `pack` and `unpack` say of a bundle.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/depot_report.hpp"
#include "jireloc/bundle.hpp"

namespace jireloc::cli {

struct BundleSummary {
  std::string_view schema;  // "jireloc/pack/1"
  std::string path;         // of the bundle; empty: it was not written
  uint64_t size = 0;
  std::string sha256;
  const BundleManifest* manifest = nullptr;
};
// The object of kind "bundle", and the line for people.
std::string bundle_object(const BundleSummary& summary);
std::string bundle_line(const BundleSummary& summary);

}  // namespace jireloc::cli
