// jireloc pack: what of a depot may be cached, as one file.
#include <fmt/format.h>

#include "cli/bundle_report.hpp"
#include "cli/commands.hpp"
#include "cli/depot_options.hpp"
#include "cli/places.hpp"
#include "cli/signals.hpp"
#include "jireloc/bundle_index.hpp"
#include "jireloc/paths.hpp"
#include "jireloc/temporaries.hpp"

namespace jireloc::cli {
namespace {

constexpr Example pack_examples[] = {
    {"jireloc pack ~/.julia -o layer.jlb.tar.zst", "all packages and images that are as they should be"},
    {"jireloc pack ~/.julia -o layer.jlb.tar.zst --package JSON --with-artifacts",
     "one package with all that its images need, and the artifacts"},
    {"jireloc pack ~/.julia -o app.jlb.tar.zst --project .", "what the manifest of a project lists"},
    {"jireloc pack ~/.julia -o new.jlb.tar.zst --since base.jlb.tar.zst",
     "what came since; unpack base.jlb.tar.zst new.jlb.tar.zst gives all of it"},
    {"jireloc pack ~/.julia -o /mnt/bundles/JSON.jlb.tar.zst --package JSON --index /mnt/bundles",
     "a bundle of a folder that serves many projects"},
    {"jireloc pack --index /mnt/bundles", "list what is in the folder, anew"},
    {"jireloc pack ~/.julia --dry-run --verbose", "what would be packed, and what would not, and why"},
};

constexpr Option pack_options[] = {
    {"output", 'o', "FILE", "the bundle; written whole or not at all"},
    {"package", 0, "NAME", "only this package, with all that its images need; may be repeated"},
    {"with-artifacts", 0, "", "also the artifacts; without them, images whose code names one are left out"},
    {"since", 0, "BUNDLE",
     "what this bundle holds is not packed again: the new one rests on it, and is unpacked after it; may be "
     "repeated"},
    {"index", 0, "DIR",
     "list the bundle in DIR/jireloc-index.json, for unpack --from; DIR is the folder of the output. Without "
     "DEPOT: read "
     "all bundles of DIR, and list them anew"},
    {"level", 0, "N", "of zstd: 1 (fast) to 19 (small); default 3"},
    depots_julia_row,
    julia_share_row,
    build_scripts_row,
    {"strict", 0, "",
     "exit status 1 also where a rule of yours left something out: a build script, a modified package, ..."},
};

constexpr CommandSpec pack_spec = {"pack",
                                   "make one file of a depot's packages and images, to be unpacked anywhere",
                                   "[DEPOT]",
                                   "The bundle is a tar archive compressed with zstd, with a manifest as its "
                                   "first entry; GNU tar opens it. "
                                   "Packages and images are judged as prune judges them: what is not as it "
                                   "should be is left out, and said. The "
                                   "same depot gives the same bytes.",
                                   takes_json | takes_depot | takes_project | takes_dry_run | takes_jobs,
                                   packed<pack_options>,
                                   packed<pack_examples>};

void remove_temporaries() {
  remove_live_temporaries();
}

// In DIR all, or the one that was just packed there.
ExitStatus update_index(const std::string& folder, const std::string& packed) {
  const IndexUpdate update = update_bundle_index(folder, packed.substr(packed.rfind('/') + 1));
  for (const Error& problem : update.problems) Console::instance().lines(error_line(problem));
  return update.problems.empty() ? ExitStatus::well : ExitStatus::failed;
}

// A bundle lies in the folder of its index, and is called like one.
void require_in_folder(const std::string& output, const std::string& folder) {
  const size_t slash = output.rfind('/');
  const FileStatus there = file_status(slash == std::string::npos ? "." : output.substr(0, slash + 1));
  const FileStatus wanted = file_status(folder);
  if (!wanted.is_directory() || there.device != wanted.device || there.inode != wanted.inode ||
      !output.ends_with(kBundleSuffix))
    throw Error(
        ErrorKind::usage,
        fmt::format("--index: the output has to lie in {}, and to be called NAME{}", folder, kBundleSuffix),
        output);
}

ExitStatus pack(const CommandLine& line, Output& out) {
  const std::string index = line.has("index") ? expand_home(line.get("index")) : std::string();
  if (!index.empty() && line.common.paths.empty() && !line.has("output")) return update_index(index, {});
  if (line.common.paths.size() != 1) throw Error(ErrorKind::usage, "name one DEPOT");
  PackOptions options;
  options.depot = seen_depot(line.common, line.common.paths[0]);
  read_depot_options(line, options.depot, options);
  options.names = line.all("package");
  if (line.common.project) options.project = expand_home(*line.common.project);
  for (const std::string& base : line.all("since"))
    options.since.push_back(verify_bundle(bundle_file(expand_home(base))));
  options.artifacts = line.has("with-artifacts");
  options.level = static_cast<int>(parse_number(line.get("level", "3"), "--level", 1, 19));
  if (!line.has("output") && !line.common.dry_run) throw Error(ErrorKind::usage, "--output is missing");
  if (!line.common.dry_run) options.output = expand_home(line.get("output"));
  if (!index.empty() && !line.common.dry_run) require_in_folder(options.output, index);
  call_on_interrupt(remove_temporaries);
  DepotReporter reporter(line, out, {"jireloc/pack/1", line.common.dry_run, line.has("strict")});
  const PackedBundle packed = pack_bundle(options, [&](const DepotItem& item) { reporter.add(item); });
  const BundleSummary summary{"jireloc/pack/1", options.output, packed.size, packed.sha256, &packed.manifest};
  if (line.common.json != JsonMode::none) reporter.add_object(bundle_object(summary));
  ExitStatus status = reporter.finish();
  if (!index.empty() && !line.common.dry_run) status = worse(status, update_index(index, options.output));
  if (line.common.json == JsonMode::none) out.write(bundle_line(summary));
  return status;
}

}  // namespace

constinit const Command pack_command{&pack_spec, pack};

}  // namespace jireloc::cli
