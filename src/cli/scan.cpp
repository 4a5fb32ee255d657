// `jireloc scan`: old paths inside payloads and native libraries.
#include <fmt/format.h>

#include <mutex>

#include "cli/commands.hpp"
#include "cli/image_batch.hpp"
#include "cli/library_beside.hpp"
#include "cli/places.hpp"
#include "cli/printable.hpp"
#include "cli/rewrite_options.hpp"
#include "cli/scan_report.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/grown_set.hpp"

namespace jireloc::cli {
namespace {

constexpr Option options[] = {
    {"path", 0, "OLD",
     "an old path to look for, absolute; may be given several times. Default: the depots that the image was "
     "compiled in, as far as its header and its payload tell"},
    {"all-paths", 0, "",
     "list every path that the code names, whatever place that is, whether it is there, and what follows"},
    map_option.row(
        "with --all-paths: what lies below OLD will lie below NEW, as in rewrite; may be repeated"),
    keep_path_option.row("with --all-paths: what lies below PATH stays; may be repeated"),
    moved_path_option.row("with --all-paths: taken to be below NEW without a look; may be repeated"),
    {"to", 0, "NEW", "also what `rewrite` to NEW would come to: texts that grow, code that is dropped"},
    {"summary", 0, "", "say of each image only what was found in all"},
    {"all", 0, "", "list all places; without it, the first thousand of each image"},
};

constexpr Example examples[] = {
    {"jireloc scan ~/.julia/compiled/v1.10", "what the payloads say of the depot they were compiled in"},
    {"jireloc scan --path /home/build/.julia --summary /usr/share/julia/compiled",
     "whether anything still names the place of the build"},
    {"jireloc scan --summary --to /usr/share/julia ~/.julia/compiled",
     "what relocation would cost, before it is done"},
    {"jireloc scan --json image.ji | jq '.occurrences[] | select(.kind == \"path-constant\") | .text'",
     "the paths that code may open at run time"},
    {"jireloc scan --json --all image.ji | jq '.occurrences | length'",
     "every place, also where there are more than a thousand"},
    {"jireloc scan --all-paths --map ~/.julia=/usr/share/julia ~/.julia/compiled",
     "what code would no longer find if the depot moved"},
    {"jireloc scan --summary layer.jlb.tar.zst",
     "what unpacking a bundle elsewhere has to find new places for"},
    {"find . -name '*.ji' -print0 | jireloc scan -0 --files-from - -j 8", "many images, on eight threads"},
};

constexpr CommandSpec spec = {
    "scan",
    "find old paths in payloads and native libraries",
    "PATH...",
    "Lists every place in the serialized code and in the native library beside it that names an old depot "
    "path. Symbols and debug info are source locations: they show in stack traces and are harmless. Strings "
    "may be opened at run time: where there are path constants, relocating the header alone gives an image "
    "that Julia accepts and that fails when it runs. PATHs are cache files, folders or bundles (see pack). "
    "The exit status is 1 where there are path constants, or "
    "where a payload could not be looked into.",
    takes_inputs | takes_json | takes_root | takes_max_size,
    packed<options>,
    packed<examples>};

// --all-paths: what the audit is asked.
struct PathsToJudge {
  AuditRules rules;
  PresenceCache presences;
};

void read_paths_to_judge(const CommandLine& line, PathsToJudge& judged) {
  for (const auto option : {map_option.name, keep_path_option.name, moved_path_option.name}) {
    if (!line.all(option).empty() && !line.has("all-paths"))
      throw Error(ErrorKind::usage, fmt::format("--{} says what --all-paths is to judge: give both", option));
  }
  PathMap map;
  for (const PathMapping& mapping : map_option.all(line)) map.add(mapping);
  judged.rules.moves = map.mappings();
  PathMap places;
  read_places(line, places, judged.rules.stays, judged.rules.moved);
  judged.rules.list_all = true;
  judged.rules.most_listed = line.has("all") ? UINT64_MAX : kMostListed;
}

PayloadAudit judge_paths(const PayloadInput& input, const std::vector<std::string>& old_paths,
                         const PayloadOptions& payload_options, PathsToJudge& judged,
                         const std::string& image_path) {
  AuditRules rules = judged.rules;
  if (rules.moves.empty()) {
    // No step: what is there of the depot that the image lies in, and of those it was compiled in.
    const auto parts = parse_cache_path(image_path);
    if (parts && !parts->depot.empty()) rules.depots.push_back(parts->depot);
    for (const std::string& path : old_paths)
      if (file_status(path).exists()) rules.depots.push_back(path);
  }
  return audit_payload(input, rules, judged.presences, payload_options);
}

// What a `rewrite` of the same images would come to. It has grown those that this one rests on, and told
// `grown`.
Forecast forecast(const PayloadInput& input, const std::vector<std::string>& paths, const std::string& to,
                  PayloadOptions payload_options, GrownSet& grown) {
  payload_options.growth = Growth::all;
  payload_options.grown = &grown;
  std::vector<PayloadMap> maps;
  for (const std::string& path : paths) maps.push_back({path, to, {}});
  Forecast forecast;
  forecast.to = to;
  if (maps.empty()) return forecast;
  const PayloadPlan plan = plan_payload(input, maps, payload_options);
  forecast.obstacle = plan.obstacle;
  forecast.action = decide(PayloadMode::automatic, plan).action;
  if (!plan.growth) return forecast;
  grown.add(input.file, *plan.growth);
  forecast.names = plan.growth->names;
  forecast.constants = plan.growth->constants;
  forecast.dropped_code = plan.growth->dropped_code;
  forecast.new_identity = plan.growth->checksum.has_value();
  forecast.size_before = plan.growth->old_payload_size;
  forecast.size_after = plan.growth->payload_size;
  return forecast;
}

// Of all images of a run.
class Forecasts {
 public:
  GrownSet grown;

  void add(const Forecast& forecast) {
    const std::lock_guard lock(mutex_);
    images_ += forecast.names + forecast.constants != 0;
    shortened_ += forecast.dropped_code != 0;
    dropped_code_ += forecast.dropped_code;
    left_ += forecast.action == PayloadAction::leave;
  }
  std::string text(const std::string& to) const {
    std::string text = fmt::format("to {}: texts would grow in {} images, {} would be left alone\n",
                                   printable(to), images_, left_);
    if (dropped_code_ == 0) return text;
    return text +
           fmt::format(
               "{} compiled functions in {} of them would be dropped; --payload-alias=auto would keep them\n",
               dropped_code_, shortened_);
  }

 private:
  std::mutex mutex_;
  uint64_t images_ = 0, shortened_ = 0, dropped_code_ = 0, left_ = 0;
};

ItemOutput scan_image(const CommandLine& line, const ImageCandidate& candidate, const ByteSource& source,
                      PathsToJudge& judged, Forecasts& forecasts) {
  const CacheFile file = read_cache_file(source);
  ScanReport report;
  report.path = paths::absolute(candidate.path);
  std::unique_ptr<ByteSource> library;
  if (file.is_split()) {
    report.library_path = native_library_path(report.path, file.prefix);
    library = open_if_there(candidate, report.library_path);
    report.library_present = library != nullptr;
  }
  PayloadCache cache;
  const PayloadInput input{file, source, library.get(), std::nullopt, &cache};
  PayloadOptions payload_options;
  payload_options.max_decompressed = line.common.max_size;
  if (line.has("all")) payload_options.most_texts = report.most_listed = UINT64_MAX;
  std::vector<std::string> paths = line.all("path");
  if (paths.empty()) paths = infer_old_paths(input, payload_options);
  report.scan = scan_payload(input, paths, payload_options);
  if (line.has("all-paths")) {
    report.audit = judge_paths(input, paths, payload_options, judged, report.path);
    report.with_step = !judged.rules.moves.empty();
  }

  if (line.has("to")) {
    report.forecast = forecast(input, paths, line.get("to"), payload_options, forecasts.grown);
    forecasts.add(*report.forecast);
  }

  ItemOutput output;
  const bool summary_only = line.has("summary");
  output.text = line.common.json != JsonMode::none ? scan_json(report, summary_only, line.common)
                                                   : scan_text(report, summary_only, line.common.color);
  const PayloadSummary summary = report.scan.summary;
  if (summary == PayloadSummary::path_constants || summary == PayloadSummary::unknown)
    output.status = ExitStatus::findings;
  if (report.audit && report.audit->count(PathOutcome::would_break) != 0)
    output.status = ExitStatus::findings;
  return output;
}

ExitStatus run(const CommandLine& line, Output& out) {
  check_old_paths(line.all("path"));
  PathsToJudge judged;
  read_paths_to_judge(line, judged);
  Forecasts forecasts;
  const auto work = [&](const ImageCandidate& candidate, const ByteSource& source) {
    return scan_image(line, candidate, source, judged, forecasts);
  };
  const ExitStatus status = run_images(line, out, {scan_schema, true, line.has("to"), work});
  if (line.has("to") && line.common.json == JsonMode::none) out.write(forecasts.text(line.get("to")));
  return status;
}

}  // namespace

constinit const Command scan_command{&spec, run};

}  // namespace jireloc::cli
