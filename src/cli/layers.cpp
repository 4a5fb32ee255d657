#include "cli/layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cli/folder_names.hpp"
#include "cli/julia_files.hpp"
#include "cli/places.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/error.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {
namespace {

// Of the newest version folder in a depot.
JuliaVersion newest_julia(const std::string& depot) {
  JuliaVersion newest = JuliaVersion::parse("1.0.0");
  const auto names = names_in_folder(depot + "/compiled");
  if (!names) return JuliaVersion::parse("1.12.0");
  for (const std::string& name : *names) {
    if (name.starts_with('v')) newest = std::max(newest, JuliaVersion::parse(name.substr(1) + ".0"));
  }
  return newest;
}

std::string without_last(const std::string& path, int components) {
  std::string_view rest = path;
  for (int i = 0; i < components; ++i) rest = paths::folder(rest);
  return std::string(rest);
}

std::string read_julia_share(const CommandLine& line) {
  const std::string share = seen_depot(line.common, line.get("julia-share"));
  if (!file_view(line.common)->status(share + "/stdlib").is_directory())
    throw Error(
        ErrorKind::usage,
        fmt::format("--julia-share: {} has no folder stdlib; name the share/julia of a Julia", share));
  return share;
}

}  // namespace

LayerNames read_layers(const CommandLine& line, const std::string& depot) {
  LayerNames names;
  if (line.has("julia") && line.has("julia-share"))
    throw Error(ErrorKind::usage, "--julia and --julia-share say the same: give one");
  std::optional<JuliaFacts> julia;
  if (line.has("julia-share")) names.bundled = read_julia_share(line);
  if (line.has("julia")) {
    julia = named_julia(line);
    names.bundled = without_last(julia->expected.stdlib, 2);
  }
  if (line.common.depot) {
    const JuliaVersion version = julia ? JuliaVersion::parse(julia->expected.prefix->version)
                                       : newest_julia(file_view(line.common)->actual(depot));
    names.depots = expanded_depots(line.common.depot, version, julia ? julia->bindir : "");
  } else if (julia) {
    names.depots = julia->depots;
  }
  for (std::string& path : names.depots) path = seen_depot(line.common, path);
  return names;
}

}  // namespace jireloc::cli
