// jireloc diff: what differs between two images of one package.
#include "jireloc/diff.hpp"

#include <fmt/format.h>

#include <memory>

#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/places.hpp"
#include "cli/printable.hpp"
#include "jireloc/error.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {
namespace {

constexpr Example examples[] = {
    {"jireloc diff ~/.julia/compiled/v1.12/Example/a_b.ji /usr/share/julia/compiled/v1.12/Example/a_c.ji",
     "why Julia takes the one and not the other"},
    {"jireloc diff --json before.ji after.ji", "what rewriting changed, for a program to read"},
};

constexpr CommandSpec spec = {"diff",
                              "show what differs between two images of one package",
                              "A.ji B.ji",
                              "Compares two cache files: header fields, modules and build ids, files and "
                              "packages they depend on, preferences, stored source texts, and whether their "
                              "payloads are equal. Exit status: 0 nothing differs, 1 something does.",
                              takes_inputs | takes_json | takes_max_size,
                              {},
                              packed<examples>};

struct Opened {
  std::unique_ptr<ByteSource> source;
  CacheFile file;
};

Opened open_image(const std::string& path, uint64_t max_size) {
  Opened opened;
  opened.source = open_file(path);
  if (paths::is_compressed_image(path)) opened.source = decompress(*opened.source, max_size);
  opened.file = read_cache_file(*opened.source);
  return opened;
}

std::string object(const std::string& a, const std::string& b, const std::vector<Difference>& differences) {
  JsonWriter json;
  json.begin_object()
      .field("schema", "jireloc/diff/1")
      .path("path", paths::absolute(a))
      .path("other", paths::absolute(b));
  json.field("status", differences.empty() ? "same" : "different").key("differences").begin_array();
  for (const Difference& difference : differences) {
    json.begin_object().field("code", difference.code).path("what", difference.what);
    json.field("a", difference.a).field("b", difference.b).end_object();
  }
  json.end_array().end_object();
  return json.take();
}

std::string text(const std::vector<Difference>& differences) {
  std::string out;
  std::string_view code;
  for (const Difference& difference : differences) {
    if (difference.code != code) out += fmt::format("{}:\n", difference.code);
    code = difference.code;
    const auto value = [](const std::string& side) { return side.empty() ? "(not there)" : printable(side); };
    if (!difference.what.empty()) out += fmt::format("  {}\n", printable(difference.what));
    out += fmt::format("    A: {}\n    B: {}\n", value(difference.a), value(difference.b));
  }
  return out.empty() ? "nothing differs\n" : out;
}

ExitStatus run(const CommandLine& line, Output& out) {
  const auto& paths = line.common.paths;
  if (paths.size() != 2 || line.common.files_from) {
    throw Error(ErrorKind::usage, "diff takes exactly two images");
  }
  const Opened a = open_image(paths[0], line.common.max_size), b = open_image(paths[1], line.common.max_size);
  const auto differences = diff_images(a.file, *a.source, b.file, *b.source);
  if (line.common.json == JsonMode::none) {
    out.write(text(differences));
  } else {
    JsonItems items(out, line.common.json);
    items.add(object(paths[0], paths[1], differences));
    items.finish();
  }
  return differences.empty() ? ExitStatus::well : ExitStatus::findings;
}

}  // namespace

constinit const Command diff_command{&spec, run};

}  // namespace jireloc::cli
