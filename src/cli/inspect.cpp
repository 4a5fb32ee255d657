#include "cli/commands.hpp"
#include "cli/image_batch.hpp"
#include "jireloc/cache_file.hpp"

namespace jireloc::cli {
namespace {

constexpr Example examples[] = {
    {"jireloc inspect ~/.julia/compiled/v1.10/Example", "what the headers of Example's images say"},
};

constexpr CommandSpec spec = {
    "inspect",
    "show what cache files say of themselves",
    "PATH...",
    "Shows the contents of cache files: PATHs are files, or folders that are searched for them.",
    takes_inputs | takes_json | takes_depot | takes_root | takes_max_size,
    {},
    examples};

ItemOutput inspect(const CommandLine& line, const Candidate& candidate, const ByteSource& source) {
  const CacheFile file = read_cache_file(source);
  ItemOutput output;
  JsonWriter json;
  json.begin_object().field("schema", "jireloc/inspect/1").path("path", absolute_path(candidate.path));
  json.field("layout", file.layout->name).end_object();
  output.text = json.take() + (line.common.json == JsonMode::none ? "\n" : "");
  return output;
}

ExitStatus run(const CommandLine& line, Output& out) {
  return run_images(line, out,
                    {"jireloc/inspect/1", true, [&](const Candidate& candidate, const ByteSource& source) {
                       return inspect(line, candidate, source);
                     }});
}

}  // namespace

constinit const Command inspect_command{&spec, run};

}  // namespace jireloc::cli
