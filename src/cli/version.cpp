#include "cli/version.hpp"

#include <fmt/format.h>

#include "cli/command_line.hpp"
#include "jireloc/build_facts.hpp"
#include "jireloc/layout.hpp"
#include "jireloc/support.hpp"

namespace jireloc::cli {
namespace {

std::string version_text(const BuildFacts& facts) {
  std::string libraries, kind = facts.optimized ? "optimised" : "not optimised";
  for (const std::string& sanitizer : facts.sanitizers) kind += ", " + sanitizer + " sanitizer";
  for (const auto& [name, version] : facts.libraries)
    libraries += fmt::format("{}{} {}", libraries.empty() ? "" : ", ", name, version);
  return fmt::format(
      "jireloc " JIRELOC_VERSION ": cache files of {}\nbuilt by {} for {} {} ({}); runs on {}\nwith {}\n",
      supported_range(), facts.compiler, facts.system, facts.architecture, kind, facts.c_library, libraries);
}

void write_layouts(JsonWriter& json) {
  json.key("layouts").begin_array();
  for (const Layout& layout : layouts()) {
    json.begin_object().field("layout", layout.name).count("format", layout.format);
    json.field("versions", layout.versions).field("verified", name(layout.verified)).end_object();
  }
  json.end_array();
}

std::string version_json(const BuildFacts& facts) {
  JsonWriter json;
  json.begin_object().field("schema", "jireloc/version/1").field("version", JIRELOC_VERSION);
  json.field("compiler", facts.compiler).field("system", facts.system).field("arch", facts.architecture);
  json.field("c_library", facts.c_library).flag("optimized", facts.optimized);
  json.strings("sanitizers", facts.sanitizers);
  json.key("libraries").begin_object();
  for (const auto& [name, version] : facts.libraries) json.field(name, version);
  json.end_object();
  write_layouts(json);
  return json.end_object().take() + "\n";
}

}  // namespace

std::string version_page(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return version_text(build_facts());
  if (arguments.size() == 1 && arguments[0] == "--json") return version_json(build_facts());
  usage_error(fmt::format("--version takes --json alone, not '{}'", arguments.back()));
}

}  // namespace jireloc::cli
