// The options that several subcommands have: their help, and the fields of Common that they fill.
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "cli/command_line.hpp"
#include "cli/places.hpp"
#include "jireloc/path_map.hpp"

namespace jireloc::cli {
namespace {

int available_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

JsonMode parse_json_mode(const std::string& form) {
  return form == "array" ? JsonMode::array : JsonMode::lines;
}

bool wants_color(std::string_view choice) {
  if (choice != "auto") return choice == "always";
  const char* no_color = std::getenv("NO_COLOR");
  return (no_color == nullptr || *no_color == 0) && ::isatty(1) == 1;
}

Mount parse_mount(const std::string& text) {
  const PathMapping sides = PathMap::parse(text);
  if (!expand_home(sides.from).starts_with('/'))
    usage_error(fmt::format("--mount: SEEN is no absolute path: '{}'", text));
  return {expand_home(sides.from), paths::absolute(expand_home(sides.to))};
}

void read_limit(const std::string& text, WorkLimits& limits) {
  const size_t equals = text.find('=');  // there is one: see the choices
  const std::string name = text.substr(0, equals), option = "--limit " + name;
  const std::string value = text.substr(equals + 1);
  const uint64_t number =
      is_limit_in_bytes(name) ? parse_size(value, option) : parse_number(value, option, 0, UINT64_MAX);
  if (!set_limit(limits, name, number)) throw std::logic_error("a choice that is no limit: " + name);
}

Shard parse_shard(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) usage_error(fmt::format("--shard: '{}' is not of the form K/N", text));
  Shard shard;
  shard.count = static_cast<uint32_t>(parse_number(text.substr(slash + 1), "--shard", 1, UINT32_MAX));
  shard.number = static_cast<uint32_t>(parse_number(text.substr(0, slash), "--shard", 1, shard.count));
  return shard;
}

constexpr SharedOption table[] = {
    {takes_inputs,
     {"files-from", 0, "FILE", "work on the names in FILE too, one a line; - is standard input"},
     [](const std::string& text, Common& common) { common.files_from = text; }},
    {takes_inputs,
     {"null", '0', "", "the names in --files-from end with a NUL byte instead of a newline"},
     [](const std::string&, Common& common) { common.null_separated = true; }},
    {takes_inputs | takes_jobs,
     {"jobs", 'j', "N",
      "threads; default: the processors this process may use, and up to 8 times as many while files are slow "
      "to come"},
     [](const std::string& text, Common& common) {
       common.jobs = common.most_jobs = static_cast<int>(parse_number(text, "--jobs", 1, 1024));
     }},
    {takes_json,
     {"json", 0, "[array]", "one JSON object a line for each item; =array: one document", false,
      "lines array"},
     [](const std::string& text, Common& common) { common.json = parse_json_mode(text); }},
    {takes_depot,
     {"depot", 0, "A:B",
      "the depot path, in the form of JULIA_DEPOT_PATH; default: that variable, where it is set"},
     [](const std::string& text, Common& common) { common.depot = text; }},
    {takes_project,
     {"project", 0, "A:B",
      "the environment: a folder with Project.toml and Manifest.toml; or several, in the form of "
      "JULIA_LOAD_PATH (.:@v#.#:@stdlib)"},
     [](const std::string& text, Common& common) { common.project = text; }},
    {takes_root,
     {"mount", 0, "SEEN=HERE",
      "what Julia sees below SEEN lies below HERE; may be repeated, the longest SEEN counts. All other paths "
      "are as Julia sees them"},
     [](const std::string& text, Common& common) { common.mounts.push_back(parse_mount(text)); }},
    {takes_root,
     {"root", 0, "DIR", "the same as --mount /=DIR: the root of a container, or a DESTDIR"},
     [](const std::string& text, Common& common) {
       common.mounts.push_back({"/", paths::absolute(expand_home(text))});
     }},
    {takes_max_size,
     {"max-size", 0, "SIZE",
      "refuse a .ji.zst, or a file of a bundle, larger than this when decompressed; default 1G (also K, M)"},
     [](const std::string& text, Common& common) { common.max_size = parse_size(text, "--max-size"); }},
    {takes_shard,
     {"shard", 0, "K/N", "do only the K-th of N parts, split by package, so that N runs do everything once"},
     [](const std::string& text, Common& common) { common.shard = parse_shard(text); }},
    {takes_dry_run,
     {"dry-run", 0, "", "say what would be done, and change nothing"},
     [](const std::string&, Common& common) { common.dry_run = true; }},
    {0,
     {"limit", 0, "NAME=VALUE",
      "what one item (an image or a package) may cost before it is given up as too_large, and the next one "
      "taken; may be given several times: hashed=64G, decompressed=4G (bytes), expansion=200 (bytes that "
      "come "
      "of each compressed one), toml-nodes=100000 (of a project file), seconds=600 (of processor time)",
      false, "hashed= decompressed= expansion= toml-nodes= seconds="},
     [](const std::string& text, Common& common) { read_limit(text, common.limits); }},
    {0,
     {"color", 0, "WHEN",
      "colour in text: auto (the default), always or never; on a terminal paths are links too then", false,
      "auto always never"},
     [](const std::string& text, Common& common) { common.color = wants_color(text); }},
    {0,
     {"quiet", 'q', "", "say nothing but errors, and what --json asks for"},
     [](const std::string&, Common& common) { common.quiet = true; }},
    {0, {"verbose", 'v', "", "say more"}, [](const std::string&, Common& common) { common.verbose = true; }},
    {0, {"help", 'h', "", "print this help"}, [](const std::string&, Common&) {}},
};

}  // namespace

std::vector<SharedOption> shared_options(unsigned shared) {
  std::vector<SharedOption> options;
  options.reserve(std::size(table));
  for (const SharedOption& entry : table)
    if (entry.group == 0 || (entry.group & shared) != 0) options.push_back(entry);
  return options;
}

Common common_defaults() {
  constexpr int kAProcessor = 8, kEnough = 64;
  Common common;
  common.jobs = available_processors();
  common.most_jobs = std::max(common.jobs, std::min(kAProcessor * common.jobs, kEnough));
  if (const char* depot = std::getenv("JULIA_DEPOT_PATH"); depot != nullptr && *depot != 0)
    common.depot = depot;
  common.color = wants_color("auto");
  return common;
}

}  // namespace jireloc::cli
