// jireloc graph: which images need which, drawn.
#include "cli/check_report.hpp"
#include "cli/check_run.hpp"
#include "cli/commands.hpp"
#include "cli/graph_text.hpp"
#include "cli/judging_options.hpp"
#include "cli/result_file.hpp"

namespace jireloc::cli {
namespace {

constexpr Option own_options[] = {
    {"format", 0, "FORMAT", "dot (default) for Graphviz, svg: a picture, for small graphs; json: one object",
     false, "dot svg json"},
    result_file_row,
};
constexpr auto options = joined(own_options, judging_options);

constexpr Example examples[] = {
    {"jireloc graph --format svg -o depot.svg ~/.julia/compiled/v1.10", "a picture for a browser"},
    {"jireloc graph ~/.julia/compiled/v1.10 | dot -Tpdf -o depot.pdf", "a large one, by Graphviz"},
    {"jireloc graph --format json ~/.julia | jq -r '.nodes[] | select(.condition == \"waits\").package'",
     "what is itself well and does not load for something else"},
};

constexpr CommandSpec spec = {
    "graph",
    "draw which images need which, and what keeps them from loading",
    "PATH...",
    "Judges cache files as check does, and prints which needs which: an arrow leads from an image to each "
    "that it needs, but for those that others of these need already. Images in the depot path that are "
    "needed "
    "are drawn too, and so are those that are lacked. Arrows from one that does not load to one that it does "
    "not load for are red. Exit status: as of check.",
    takes_inputs | takes_depot | takes_project | takes_root | takes_max_size,
    packed<options>,
    packed<examples>};

std::string graph_text(const Network& network, const std::string& format) {
  if (format == "dot") return graph_dot(network);
  if (format == "svg") return graph_svg(network);
  return graph_json(network);
}

ExitStatus run(const CommandLine& line, Output& out) {
  const std::string format = line.get("format", "dot");
  const CommandLine as_asked = as_check(line);
  const CheckRun check(as_asked);
  write_result(line, out, graph_text(network_of(check), format));
  return status_of(check);
}

}  // namespace

constinit const Command graph_command{&spec, run};

}  // namespace jireloc::cli
