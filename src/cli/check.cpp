// jireloc check: would Julia accept these images, and if not, why.
#include "cli/check_report.hpp"
#include "cli/check_run.hpp"
#include "cli/commands.hpp"
#include "cli/explain.hpp"
#include "cli/judging_options.hpp"

namespace jireloc::cli {
namespace {

constexpr Option own_options[] = {
    {"list", 0, "CAUSE",
     "only the paths of the images with this cause (source-mtime-change), one a line, for xargs -d '\\n' and "
     "--files-from; CAUSE:MEND for those of one mend (source-mtime-change:rewrite-mtime)"},
    {"explain", 0, "PACKAGE",
     "why Julia compiles this package again: the story in Julia's own order, and what to do; without PATH "
     "its images in the depot path"},
};
constexpr auto options = joined(judging_options, own_options);

constexpr Example examples[] = {
    {"jireloc check ~/.julia/compiled/v1.10", "all images of Julia 1.10 in a depot"},
    {"jireloc check --depot ~/.julia:/usr/share/julia --project . /usr/share/julia/compiled",
     "a system depot, as a user's project sees it"},
    {"jireloc check --depot ~/.julia --project .:@v#.#:@stdlib ~/.julia/compiled/v1.12",
     "with a load path, in the form of JULIA_LOAD_PATH"},
    {"jireloc check --julia-version 1.12.5 ~/.julia/compiled", "before a new Julia is installed"},
    {"jireloc check --julia /mnt/node/opt/julia ~/.julia/compiled/v1.12", "for the Julia of another machine"},
    {"jireloc check --root /mnt/image /mnt/image/usr/share/julia/compiled",
     "a container's depot, from outside"},
    {"jireloc check --cpu-of node7/Example/x7Sa0_5Fx2a.ji ~/.julia/compiled",
     "whether the images would run on another node, by one that was compiled there"},
    {"jireloc check --list bad-file-checksum ~/.julia/compiled | xargs -d '\\n' rm --",
     "remove the damaged images"},
    {"jireloc check --julia /opt/julia/bin/julia layer.jlb.tar.zst",
     "whether that Julia would take the images of a bundle"},
    {"jireloc check --explain Example --project .", "why Julia compiles Example again"},
    {"jireloc check --json --content compiled | jq 'select(.verdict != \"fresh\")'", "for a program to read"},
};

constexpr CommandSpec spec = {
    "check",
    "tell whether Julia would accept images, and why not",
    "PATH...",
    "Judges cache files by the rules of the Julia that made them, without running it, and says all reasons "
    "against each and what would mend it. An image is fresh if stale_cachefile accepts it; it loads if "
    "images of all that it requires are there and load too. Images in the depot path that it requires are "
    "looked at, and named only as causes. Images of a bundle (see pack) are judged as if it were unpacked "
    "where "
    "it was packed: by the sources in it, and by no file of that depot. Exit status: 0 all fresh and "
    "loading, 1 some are not, 3 some are "
    "unreadable, or could not be looked at: a failed system call is no verdict.",
    takes_inputs | takes_json | takes_depot | takes_project | takes_root | takes_max_size,
    packed<options>,
    packed<examples>};

ExitStatus explain(const CheckRun& check, const CommandLine& line, Output& out) {
  const std::string package = line.get("explain");
  const Story story = story_of(check, package, line);
  JsonItems items(out, line.common.json);
  if (line.common.json != JsonMode::none) items.add(story_object(story, line.common));
  items.finish();
  if (line.common.json == JsonMode::none) out.write(story_text(story, screen(), line.common.color));
  ExitStatus status = status_of(story);
  for (const TriedImage& tried : story.tried) status = worse(status, status_of(tried.image->report));
  return status;
}

std::string text_of(const CheckRun& check, const CommandLine& line) {
  if (line.has("list")) return cause_list(check.images(), line.get("list"));
  return check_text(check.images(), line, screen());
}

ExitStatus run(const CommandLine& line, Output& out) {
  const CheckRun check(line);
  if (line.has("explain")) return explain(check, line, out);
  JsonItems items(out, line.common.json);
  if (line.common.json != JsonMode::none)
    for (const auto& image : check.images())
      if (image->input) items.add(check_object(image->report, line.common));
  items.finish();
  if (line.common.json == JsonMode::none) out.write(text_of(check, line));
  return status_of(check);
}

}  // namespace

constinit const Command check_command{&spec, run};

}  // namespace jireloc::cli
