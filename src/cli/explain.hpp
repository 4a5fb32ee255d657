// `jireloc check --explain PACKAGE`: why Julia compiles it again, in Julia's own order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/check_report.hpp"

namespace jireloc::cli {

// A cache file in its turn.
struct TriedImage {
  const CheckedImage* image = nullptr;
  std::vector<std::string_view> passed;  // rules of stale_cachefile, in their order
  std::string_view fell_at;              // the first that it fell at; empty: none
  const Reason* reason = nullptr;        // of that
  std::string_view says;                 // Julia's words in its debug log; empty: it has none
  bool is_tried = true;                  // false: one before it is taken, or Julia has thrown
  bool is_taken = false;
};

struct PackageFolderImages {
  std::string folder;  // DEPOT/compiled/vX.Y/Name
  size_t images = 0;
};

struct Story {
  enum class Outcome { loads, compiles, fails, unknown };
  std::string package;
  std::optional<Uuid> uuid;
  std::string version;                       // "v1.10"; empty: no folder of any version is there
  std::vector<std::string> lookup;           // what the load path says of it, a sentence each
  std::string source;                        // its entry file; empty: not found, or nobody asks
  std::vector<PackageFolderImages> folders;  // of this version, in the order of the depots
  std::vector<PackageFolderImages> others;   // of other versions
  std::vector<TriedImage> tried;
  std::vector<std::string> chain;  // the packages from this one to the one that it goes back to
  std::string root;                // what is wrong there
  Outcome outcome = Outcome::unknown;
  std::string answer;   // one sentence
  std::string command;  // to mend it; empty: there is nothing to do, or no command does it
};

Story story_of(const CheckRun& run, const std::string& package, const CommandLine& line);

std::string story_text(const Story& story, const Screen& screen, bool color);
std::string story_object(const Story& story, const Common& common);

// 0: Julia loads it; 1: it does not; 3: that could not be looked at.
ExitStatus status_of(const Story& story) noexcept;

}  // namespace jireloc::cli
