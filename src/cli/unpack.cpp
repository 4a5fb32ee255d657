// jireloc unpack: a bundle, relocated, into a depot.
#include <fmt/format.h>

#include "cli/bundle_report.hpp"
#include "cli/commands.hpp"
#include "cli/depot_options.hpp"
#include "cli/judging_options.hpp"
#include "cli/julia_files.hpp"
#include "cli/places.hpp"
#include "cli/printable.hpp"
#include "cli/processor_option.hpp"
#include "cli/signals.hpp"
#include "cli/unpacking.hpp"
#include "cli/value_options.hpp"
#include "jireloc/temporaries.hpp"

namespace jireloc::cli {
namespace {

constexpr Example unpack_examples[] = {
    {"jireloc unpack layer.jlb.tar.zst --to /usr/share/julia", "merge what it holds into a depot, relocated"},
    {"curl -s https://example.org/layer.jlb.tar.zst | jireloc unpack - --to ~/.julia",
     "the same from a pipe"},
    {"jireloc unpack --from /mnt/bundles --project . --to ~/.julia --julia julia",
     "what a project needs, from a folder of bundles"},
    {"jireloc unpack layer.jlb.tar.zst --list", "what it holds"},
    {"jireloc unpack layer.jlb.tar.zst --verify-only", "whether it is whole"},
    {"jireloc unpack base.jlb.tar.zst app.jlb.tar.zst --to ~/.julia --expect-digest 5f1c... --expect-digest "
     "90ab...",
     "two of them in this order, and no others"},
    {"jireloc unpack layer.jlb.tar.zst --to ~/.julia --verify-with 'minisign -V -p builder.pub -m'",
     "only if layer.jlb.tar.zst.minisig beside it is a signature of the builder's"},
};

constexpr Option unpack_options[] = {
    {"to", 0, "DEPOT", "where to; made if it is not there"},
    {"from", 0, "DIR",
     "a folder of bundles with an index (pack --index): of each package in the manifest of --project, the "
     "one that this "
     "Julia would take"},
    {"list", 0, "", "only say what it holds: the manifest alone is read"},
    {"verify-only", 0, "", "only read all of it and hold it against its manifest"},
    {"package", 0, "NAME", "only this package, with all that its images need; may be repeated"},
    {"expect-digest", 0, "SHA256",
     "unpack no other file than the one with this SHA-256; as often as there are bundles, in their order"},
    {"verify-with", 0, "COMMAND",
     "first run COMMAND on each file, and read it only where that ends with status 0: no shell reads "
     "COMMAND; {} in it "
     "stands for the file, which otherwise is its last word; its standard input is the file too"},
    {"julia", 0, "PATH",
     "the Julia that is to load the images, run once for its depots, build and flags: what it would not take "
     "is said "
     "before anything is written"},
    julia_share_row,
    cpu_row,
    cpu_of_row,
    build_scripts_row,
    payload_option.row("auto (default), require, header-only, refuse-constants"),
    longer_option.row(
        "code in which the depot's path has no room: auto (default), alias, grow, names, leave: see "
        "src/payload/README.md"),
    spelling_row,
    keep_code_row,
    {"experimental", 0, "", "also layouts that were never tried on a real image"},
    world_writable_row,
    lock_timeout_row,
    durability_option.row("full, batch (default), none: as in rewrite"),
    {"strict", 0, "",
     "unpack nothing where the Julia of --julia would not take all images; and exit status 1 also where a "
     "rule of yours "
     "dropped something"},
};

constexpr CommandSpec unpack_spec = {
    "unpack",
    "merge what a bundle holds into a depot, relocated",
    "[BUNDLE...]",
    "Each BUNDLE is a file that pack has made, or - for standard input. It is read once; nothing of it "
    "reaches the depot "
    "before all of it was read and verified. Then its packages and images are merged as relocate merges: "
    "images are "
    "rewritten for their new place, and nothing that the depot has is overwritten.",
    takes_json | takes_depot | takes_project | takes_dry_run | takes_jobs,
    packed<unpack_options>,
    packed<unpack_examples>};

void remove_staging() {
  remove_live_temporaries();
  remove_live_trees();
}

std::string file_object(const BundleFile& file) {
  JsonWriter json;
  json.begin_object().field("schema", kUnpackSchema).field("kind", name(file.kind)).path("path", file.path);
  json.field("mode", fmt::format("{:04o}", file.mode));
  json.field("mtime", fmt::format("{}.{:09}", file.seconds, file.nanoseconds));
  if (file.kind == BundleFileKind::file) json.count("size", file.size).field("xxh3_128", file.digest);
  if (file.kind == BundleFileKind::link) json.path("link", file.link);
  return json.end_object().take();
}

void list_files(const BundleManifest& manifest, Output& out, JsonItems& items, bool is_json) {
  for (const BundleFile& file : manifest.files) {
    if (is_json)
      items.add(file_object(file));
    else if (file.kind == BundleFileKind::file)
      out.write(fmt::format("{:>12}  {}\n", file.size, printable(file.path)));
    else if (file.kind == BundleFileKind::link)
      out.write(fmt::format("{:>12}  {} -> {}\n", "", printable(file.path), printable(file.link)));
  }
}

// --list, --verify-only.
ExitStatus look_at(const CommandLine& line, Output& out) {
  const bool is_json = line.common.json != JsonMode::none;
  JsonItems items(out, line.common.json);
  ExitStatus status = ExitStatus::well;
  for (const std::string& path : line.common.paths) {
    try {
      VerifiedBundle bundle;
      if (line.has("verify-only"))
        bundle = verify_bundle(source_of(line, path));
      else
        bundle.manifest = read_bundle_manifest(source_of(line, path));
      if (line.has("list")) list_files(bundle.manifest, out, items, is_json);
      const BundleSummary summary{kUnpackSchema, path, bundle.size, bundle.sha256, &bundle.manifest};
      if (is_json)
        items.add(bundle_object(summary));
      else
        out.write(bundle_line(summary));
    } catch (const Error& error) {
      Console::instance().lines(error_line(error));
      status = ExitStatus::failed;
    }
  }
  items.finish();
  return status;
}

// Says what the Julia of --julia would not take. Throws Error where that is not to be unpacked.
void foretell(const BundleManifest& manifest, const JuliaFacts& julia, const CommandLine& line) {
  const auto processor = processor_option(line, julia.runs_here);
  const std::vector<Reason> objections = objections_to(manifest, julia.expected, processor);
  std::string lines;
  for (const Reason& objection : objections)
    lines += message_line(objection.path, "this Julia would not take it: " + objection.message);
  Console::instance().lines(lines);
  if (line.has("strict") && !objections.empty())
    throw Error(ErrorKind::unsupported,
                fmt::format("this Julia would not take {} of {} images; nothing was unpacked",
                            objections.size(), manifest.images.size()));
}

UnpackOptions read_options(const CommandLine& line) {
  UnpackOptions options;
  RelocateOptions& relocate = options.relocate;
  if (!line.has("to")) throw Error(ErrorKind::usage, "--to is missing");
  relocate.to = seen_depot(line.common, line.get("to"));
  read_depot_options(line, relocate.to, relocate);
  read_writing(line, relocate);
  relocate.make_alias = relocate.longer == Longer::alias;
  relocate.dry_run = line.common.dry_run;
  relocate.allow_world_writable = line.has("allow-world-writable");
  relocate.durability = durability_option.get(line, Durability::batch);
  relocate.mode_of_parent = relocate.folder_mode_of_parent = true;
  if (line.has("julia") || line.has("cpu") || line.has("cpu-of"))
    options.look = [&line, julia = line.has("julia") ? named_julia(line) : JuliaFacts()](
                       const BundleManifest& manifest) { foretell(manifest, julia, line); };
  return options;
}

ExitStatus unpack(const CommandLine& line, Output& out) {
  const std::vector<std::string>& bundles = line.common.paths;
  if (bundles.empty() != line.has("from"))
    throw Error(ErrorKind::usage, "name a BUNDLE, or a folder of them with --from");
  if (line.has("from") == (line.common.project == std::nullopt))
    throw Error(ErrorKind::usage, "--from and --project go together: from which folder, and for what");
  if (line.has("from")) return unpack_for_project(line, out, read_options(line));
  if (line.has("list") || line.has("verify-only")) return look_at(line, out);
  UnpackOptions options = read_options(line);
  options.names = line.all("package");
  const std::vector<std::string>& digests = line.all("expect-digest");
  if (!digests.empty() && digests.size() != bundles.size())
    throw Error(ErrorKind::usage, "--expect-digest: give one for each BUNDLE, in their order");
  call_on_interrupt(remove_staging);
  return Unpacking(line, out, std::move(options)).unpack_all();
}

}  // namespace

constinit const Command unpack_command{&unpack_spec, unpack};

}  // namespace jireloc::cli
