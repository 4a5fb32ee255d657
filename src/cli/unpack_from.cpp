// jireloc unpack --from: of a folder of bundles, what a project needs.
#include <fmt/format.h>

#include "cli/julia_files.hpp"
#include "cli/places.hpp"
#include "cli/processor_option.hpp"
#include "cli/reasons.hpp"
#include "cli/signals.hpp"
#include "cli/unpacking.hpp"
#include "jireloc/bundle_index.hpp"
#include "jireloc/temporaries.hpp"

namespace jireloc::cli {
namespace {

// As much as a manifest tells of the Julia that resolved it.
JuliaFacts julia_of(const std::string& resolved_by, const std::string& project) {
  if (!JuliaVersion::find(resolved_by))
    throw Error(ErrorKind::usage, "--julia is missing: the manifest does not say which Julia it is for",
                project);
  return of_version_alone(resolved_by);
}

std::string object_of(const BundleChoice::Told& told, const std::string& folder) {
  JsonWriter json;
  json.begin_object().field("schema", kUnpackSchema).field("kind", "wanted").field("name", told.package.name);
  json.field("uuid", told.package.uuid.text()).field("version", told.package.version);
  json.field("tree", sha1_text(*told.package.tree));
  json.field("status", told.taken.empty() ? "missing" : told.has_image ? "taken" : "sources-only");
  if (!told.taken.empty()) json.path("bundle", folder + "/" + told.taken);
  append_reasons(json, "passed_over", told.passed_over);
  return json.end_object().take();
}

std::string lines_of(const BundleChoice::Told& told) {
  if (told.has_image) return {};
  const std::string package = fmt::format("{} {}", told.package.name, told.package.version);
  std::string lines;
  for (const Reason& reason : told.passed_over)
    lines += message_line(
        reason.path, fmt::format("passed over for {}: {}: {}", package, name(reason.code), reason.message));
  if (told.taken.empty())
    lines += message_line(
        "", fmt::format("{}: {}", package,
                        told.passed_over.empty() ? "no bundle has it" : "no bundle that has it fits"));
  return lines;
}

class ForProject {
 public:
  ForProject(const CommandLine& line, Output& out, UnpackOptions options)
      : line_(line),
        folder_(expand_home(line.get("from"))),
        choice_(choice()),
        unpacking_(line, out, std::move(options)) {}

  ExitStatus unpack() {
    ExitStatus status = ExitStatus::well;
    while (const auto pick = choice_.next()) status = worse(status, unpack(*pick));
    for (const BundleChoice::Told& told : choice_.told()) {
      if (line_.common.json != JsonMode::none) unpacking_.add_object(object_of(told, folder_));
      Console::instance().lines(lines_of(told));
      if (told.taken.empty()) status = worse(status, ExitStatus::findings);
    }
    return worse(status, unpacking_.finish());
  }

 private:
  BundleChoice choice() const {
    const std::string project = expand_home(*line_.common.project);
    JuliaFacts julia = line_.has("julia") ? named_julia(line_) : JuliaFacts();
    const auto& prefix = julia.expected.prefix;
    WantedPackages wanted = wanted_packages(project, prefix ? prefix->version : std::string());
    if (!prefix) julia = julia_of(wanted.julia_version, project);
    return {read_bundle_index(folder_), std::move(wanted.packages), julia.expected,
            processor_option(line_, julia.runs_here)};
  }

  ExitStatus unpack(const BundleChoice::Pick& pick) {
    const IndexedBundle& bundle = choice_.index().bundles[pick.bundle];
    unpacking_.options().names = pick.names;
    unpacking_.options().expected_sha256 = bundle.sha256;
    const auto error = unpacking_.unpack_one(folder_ + "/" + bundle.file);
    if (!error) return choice_.take(pick), ExitStatus::well;
    Console::instance().lines(error_line(is_stale(bundle, *error) ? stale(*error) : *error));
    choice_.pass_over(pick, error->reason());
    return ExitStatus::failed;
  }

  // Whether it is another file than the one that was listed: that speaks against the index.
  bool is_stale(const IndexedBundle& bundle, const Error& error) const {
    return error.kind() == ErrorKind::bad_checksum || error.kind() == ErrorKind::usage ||
           file_status(folder_ + "/" + bundle.file).size != bundle.size;
  }
  static Error stale(const Error& error) {
    return {
        error.kind() == ErrorKind::usage ? ErrorKind::bad_value : error.kind(),
        error.message() +
            fmt::format("; {} lists another bundle under that name: make it anew with jireloc pack --index",
                        kBundleIndexName),
        error.file()};
  }

  const CommandLine& line_;
  const std::string folder_;
  BundleChoice choice_;
  Unpacking unpacking_;
};

}  // namespace

ExitStatus unpack_for_project(const CommandLine& line, Output& out, UnpackOptions options) {
  for (const char* option : {"package", "expect-digest", "list", "verify-only"})
    if (line.has(option))
      throw Error(ErrorKind::usage, fmt::format("--{} is of no use with --from: the index tells", option));
  call_on_interrupt([] {
    remove_live_temporaries();
    remove_live_trees();
  });
  return ForProject(line, out, std::move(options)).unpack();
}

}  // namespace jireloc::cli
