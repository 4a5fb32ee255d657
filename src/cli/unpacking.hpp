// Bundles unpacked one after the other, and what is said of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/command_line.hpp"
#include "cli/depot_report.hpp"
#include "jireloc/bundle.hpp"

namespace jireloc::cli {

inline constexpr std::string_view kUnpackSchema = "jireloc/unpack/1";

// A file, or - for standard input; with --verify-with what that command vouches for.
BundleSource source_of(const CommandLine& line, const std::string& path);

class Unpacking {
 public:
  Unpacking(const CommandLine& line, Output& out, UnpackOptions options);

  // Those of the command line: what is wrong with one is said, and the next is looked at.
  ExitStatus unpack_all();
  // One: what is wrong with it, if anything is. Throws Error (interrupted).
  std::optional<Error> unpack_one(const std::string& path);

  UnpackOptions& options() { return options_; }
  void add_object(const std::string& json) { reporter_.add_object(json); }
  // What was done, to be called once.
  ExitStatus finish();

 private:
  void add(const DepotItem& item);

  const CommandLine& line_;
  Output& out_;
  bool began_ = false;  // something of a bundle was looked at
  GrownSet grown_;
  UnpackOptions options_;
  DepotReporter reporter_;
  std::string summaries_;
};

// --from, --project.
ExitStatus unpack_for_project(const CommandLine& line, Output& out, UnpackOptions options);

}  // namespace jireloc::cli
