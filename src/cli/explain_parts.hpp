// What story_of() is made of.
#pragma once

#include <string>
#include <vector>

#include "cli/explain.hpp"
#include "jireloc/depot.hpp"

namespace jireloc::cli {

// "v1.10" -> 1.10.0; of today where there is none.
inline JuliaVersion version_of_folder(const std::string& folder) {
  return JuliaVersion::parse(folder.empty() ? "1.12.0" : folder.substr(1) + ".0");
}

// The candidates of story.version.
std::vector<TriedImage> tried_images(const CheckRun& run, const Story& story);

// What the load path says of a package.
struct LookUp {
  std::optional<Uuid> uuid;
  bool is_known = true;   // false: with this project `using` fails
  bool is_direct = true;  // false: only packages that need it load it
  std::vector<std::string> sentences;
};
// The project file of an environment, or its folder.
std::string path_of(const Environment& environment);
LookUp look_up(const CheckContext& context, const std::string& package);

}  // namespace jireloc::cli
