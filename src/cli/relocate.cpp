// jireloc relocate and jireloc prune: what of a depot may be cached.
#include "jireloc/relocate.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <climits>
#include <cstdlib>

#include "cli/commands.hpp"
#include "cli/depot_options.hpp"
#include "cli/depot_report.hpp"
#include "cli/host.hpp"
#include "cli/places.hpp"
#include "cli/signals.hpp"
#include "cli/users.hpp"
#include "cli/value_options.hpp"
#include "jireloc/temporaries.hpp"

namespace jireloc::cli {
namespace {

constexpr Example relocate_examples[] = {
    {"jireloc relocate --from ~/.julia --to /usr/share/julia",
     "after a package's tests: merge what may be cached"},
    {"jireloc relocate --from ~/.julia --to /usr/share/julia --dry-run", "what that would do"},
    {"jireloc relocate --from ~/.julia --to /usr/share/julia --move --json",
     "free the space in the user's depot, and report to a program"},
    {"jireloc relocate --from ~/.julia --to /usr/share/julia --with-scratchspaces --keep-path "
     "~/.julia/juliaup",
     "with what code keeps in scratch spaces; the Julia in ~/.julia stays there"},
    {"jireloc relocate --from ~/.julia --to /usr/share/julia --payload-alias auto",
     "the same for a short ~/.julia, such as root's: a link /usr/jl is made and written into the code"},
    {"jireloc relocate --from ~/.julia --to /usr/share/julia --depot /opt/site/julia --julia-share "
     "/opt/julia/share/julia",
     "packages and images of the site's depot and of Julia's own serve, too; nothing is written there"},
    {"jireloc relocate --from ~/.julia --to /srv/julia --mode 660 --folder-mode 770",
     "into a depot that its group alone may read"},
    {"jireloc relocate --from /job/depot --to /shared/julia --shard 2/8", "the second of eight cluster jobs"},
    {"jireloc relocate --from /home/worker/.julia --to /usr/share/julia --mount "
     "/home/worker=/boxes/7/upper/home/worker --mount /usr/share/julia=/storage/shared",
     "from outside of the sandbox that has compiled: both depots as Julia sees them, and where they lie "
     "here"},
};

constexpr Option relocate_options[] = {
    {"from", 0, "DEPOT", "the user's depot"},
    {"to", 0, "DEPOT", "the shared depot; made if it is not there"},
    map_option.row("sources below OLD, outside of both depots, lie below NEW; may be repeated"),
    depots_julia_row,
    julia_share_row,
    build_scripts_row,
    {"untrusted", 0, "", "only packages whose git tree is in a --manifest or --registry"},
    {"manifest", 0, "FILE", "a trusted Manifest.toml; may be repeated"},
    {"registry", 0, "PATH",
     "a trusted registry: its folder, its General.toml, or its General.tar.gz; may be repeated"},
    {"with-scratchspaces", 0, "",
     "also merge the scratch spaces that images name; nothing proves what they hold"},
    keep_path_option.row("what lies below PATH stays where it is; may be repeated"),
    moved_path_option.row(
        "a map of what code names below OLD: it is taken to be below NEW without a look; may be repeated"),
    payload_option.row("auto (default), require, header-only, refuse-constants"),
    payload_alias_option.row("a short symbolic link to the target, for payloads in which it has no room; "
                             "auto: choose one, make it and use it again next time"),
    alias_folder_row,
    longer_option.row("code in which the target's path has no room: auto (default), alias, grow, names, "
                      "leave: see src/payload/README.md"),
    spelling_row,
    keep_code_row,
    {"experimental", 0, "", "also layouts that were never tried on a real image"},
    {"move", 0, "",
     "remove from the source what was verified at the target in this run, as other files than those removed"},
    {"link", 0, "",
     "hard-link files of packages and artifacts where that changes nothing of them; not with --move"},
    {"stamp", 0, "[SECONDS]",
     "set the times of copied files and the recorded ones to this; default: SOURCE_DATE_EPOCH"},
    {"max-per-package", 0, "N",
     "remove the images of a package that came into the target first, beyond N; none that another one needs"},
    {"max-package-size", 0, "SIZE", "drop packages and artifacts with more bytes, holes counted; default 8G"},
    {"max-package-files", 0, "N", "drop packages and artifacts with more files and folders; default 500000"},
    {"strict", 0, "",
     "exit status 1 also where a rule of yours dropped something: a build script, a modified package, ..."},
    {"mode", 0, "OCTAL",
     "permission bits of new files; default 644, and writing by the group as the folder that they are made "
     "in has it"},
    {"folder-mode", 0, "OCTAL", "the same of new folders; default 755, or what fits --mode"},
    {"owner", 0, "USER[:GROUP]", "owner of new files"},
    {"user", 0, "USER", "become this user before anything is read (as root)"},
    {"no-index", 0, "",
     "judge everything anew, also what nobody has changed since an earlier run has proven it, and keep no "
     "record of that (compiled/.jireloc-index in the target)"},
    world_writable_row,
    lock_timeout_row,
    durability_option.row("full, batch (default), none: as in rewrite"),
};

constexpr CommandSpec relocate_spec = {
    "relocate",
    "merge what may be cached of a user's depot into a shared one",
    "",
    "Drops packages that were changed or have build scripts, and every image that depends on them; copies "
    "the other packages, artifacts and images into the shared depot, images rewritten for it, each put into "
    "place whole. Safe beside Julias that load from the target and beside other runs. What the target has "
    "already is never overwritten.",
    takes_json | takes_depot | takes_root | takes_shard | takes_dry_run | takes_jobs,
    packed<relocate_options>,
    packed<relocate_examples>};

constexpr Example prune_examples[] = {
    {"jireloc prune /usr/share/julia", "what of a shared depot is not as it should be"},
    {"jireloc prune ~/.julia --delete", "remove what must not be cached"},
    {"jireloc prune --mount /usr/share/julia=/storage/shared /usr/share/julia",
     "a depot that Julia sees elsewhere"},
    {"jireloc prune ~/.julia --delete --grace 86400", "the same where a compilation may take a day"},
    {"jireloc prune ~/.julia --depot /usr/share/julia --julia julia",
     "a depot whose images need those of another, and Julia's own"},
};

constexpr Option prune_options[] = {
    {"delete", 0, "", "remove what is dropped; default: only say it"},
    depots_julia_row,
    julia_share_row,
    {"allow-build-scripts", 0, "", "packages with a deps/build.jl pass"},
    {"manifest", 0, "FILE", "a trusted Manifest.toml: only packages it lists pass; may be repeated"},
    {"registry", 0, "PATH", "a trusted registry, likewise"},
    {"grace", 0, "SECONDS",
     "what Julia may be about to complete is left alone: halves of images, and its temporary files, younger "
     "than this; default 3600"},
    {"lock-timeout", 0, "SECONDS", "with --delete: how long to wait for another run; default 0"},
};

constexpr CommandSpec prune_spec = {
    "prune",
    "verify packages, artifacts and images of a depot in place",
    "DEPOT",
    "Packages must give the git tree hash that their folder's name stands for, artifacts that of their name; "
    "images must be whole, their sources proven, and everything they need must be there. Exit status 1 where "
    "something is dropped.",
    takes_json | takes_depot | takes_root | takes_jobs,
    packed<prune_options>,
    packed<prune_examples>};

void clean_up() {
  remove_live_temporaries();
  remove_live_trees();
}

// As Julia sees it.
std::string depot_path(const CommandLine& line, const std::string& given, const char* option,
                       bool must_exist) {
  if (given.empty()) throw Error(ErrorKind::usage, fmt::format("{} is missing", option));
  std::string path = seen_depot(line.common, given);
  if (!must_exist) return path;
  const std::string here = file_view(line.common)->actual(path);
  struct stat info {};
  if (::stat(here.c_str(), &info) != 0) throw Error::system(errno, "stat", here);
  return path;
}

std::optional<int64_t> read_stamp(const CommandLine& line) {
  if (!line.has("stamp")) return {};
  std::string text = line.get("stamp");
  if (text.empty()) {
    const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
    if (epoch == nullptr) throw Error(ErrorKind::usage, "--stamp: give =SECONDS, or set SOURCE_DATE_EPOCH");
    text = epoch;
  }
  return static_cast<int64_t>(parse_number(text, "--stamp", 0, INT64_MAX));
}

ExitStatus relocate(const CommandLine& line, Output& out) {
  if (line.has("user")) {
    refuse_in_host("--user");
    become(line.get("user"), "--user");
  }
  RelocateOptions options;
  options.from = depot_path(line, line.get("from"), "--from", true);
  options.to = depot_path(line, line.get("to"), "--to", false);
  read_depot_options(line, options.from, options);
  for (const PathMapping& mapping : map_option.all(line)) options.map.add(mapping);
  // Julia records DEPOT_PATH as it is spelled; a home that is reached through a link has two spellings.
  if (const auto real = resolved_depot(line.common, options.from); real && *real != options.from)
    options.map.add({*real, options.to});
  read_places(line, options.map, options.keep_paths, options.moved_paths);
  read_writing(line, options);
  const auto view = file_view(line.common);
  for (const std::string& alias : payload_alias_option.all(line)) {
    if (alias == "auto") continue;
    if (!view->status(alias).same_file(view->status(options.to)))
      throw Error(ErrorKind::usage,
                  fmt::format("--payload-alias: {} does not lead to {}", alias, options.to));
    options.aliases.push_back({options.to, alias});
  }
  options.scratchspaces = line.has("with-scratchspaces");
  options.make_alias = wants_alias_made(line);
  options.alias_folder = read_alias_folder(line);
  options.dry_run = line.common.dry_run;
  options.move = line.has("move");
  options.hard_links = line.has("link");
  options.allow_world_writable = line.has("allow-world-writable");
  options.max_per_package =
      static_cast<int>(parse_number(line.get("max-per-package", "0"), "--max-per-package", 0, 1000000));
  options.limits.most_bytes = parse_size(line.get("max-package-size", "8G"), "--max-package-size");
  options.limits.most_entries = static_cast<uint64_t>(
      parse_number(line.get("max-package-files", "500000"), "--max-package-files", 1, INT64_MAX));
  options.file_mode = read_mode(line.get("mode", "644"), "--mode");
  options.folder_mode = line.has("folder-mode") ? read_mode(line.get("folder-mode"), "--folder-mode")
                                                : folder_mode_for(options.file_mode);
  options.mode_of_parent = !line.has("mode");
  options.folder_mode_of_parent = !line.has("mode") && !line.has("folder-mode");
  if (line.has("owner")) options.owner = read_owner(line.get("owner"), "--owner");
  options.keep_index = !line.has("no-index");
  options.durability = durability_option.get(line, Durability::batch);
  options.stamp = read_stamp(line);
  options.shard = line.common.shard;
  call_on_interrupt(clean_up);
  DepotReporter reporter(line, out, {"jireloc/relocate/2", options.dry_run, line.has("strict")});
  if (!line.common.quiet) options.foretell = [&](const DepotItem& item) { reporter.foretell(item); };
  relocate_depot(options, [&](const DepotItem& item) { reporter.add(item); });
  return reporter.finish();
}

ExitStatus prune(const CommandLine& line, Output& out) {
  if (line.common.paths.size() != 1) throw Error(ErrorKind::usage, "name one DEPOT");
  PruneOptions options;
  options.depot = depot_path(line, line.common.paths[0], "DEPOT", true);
  read_depot_options(line, options.depot, options);
  options.remove = line.has("delete");
  options.grace = std::chrono::seconds(parse_number(line.get("grace", "3600"), "--grace", 0, INT32_MAX));
  call_on_interrupt(clean_up);
  DepotReporter reporter(line, out, {"jireloc/prune/2", !options.remove, true});
  prune_depot(options, [&](const DepotItem& item) { reporter.add(item); });
  return reporter.finish();
}

}  // namespace

constinit const Command relocate_command{&relocate_spec, relocate};
constinit const Command prune_command{&prune_spec, prune};

}  // namespace jireloc::cli
