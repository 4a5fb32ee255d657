// What `pack` and `unpack` say of a bundle.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/depot_report.hpp"
#include "jireloc/bundle.hpp"

namespace jireloc::cli {

// Rows that both commands have.
inline constexpr Option bundle_julia_option = {
    "julia", 0, "PATH",
    "a Julia, which is run once and asked for its depots: images bundled with it serve, too"};
inline constexpr Option bundle_julia_share_option = {"julia-share", 0, "DIR",
                                                     "the same without running it: its folder share/julia"};
inline constexpr Option bundle_build_scripts_option = {"allow-build-scripts", 0, "",
                                                       "also packages with a deps/build.jl"};

// The options that both have, into those of the library. `depot`: the one that is packed or unpacked to.
void read_bundle_options(const CommandLine& line, const std::string& depot, DepotOptions& options);

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
