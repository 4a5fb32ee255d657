#include "cli/unpacking.hpp"

#include <unistd.h>

#include "cli/bundle_report.hpp"
#include "cli/output.hpp"
#include "cli/places.hpp"
#include "cli/verify_with.hpp"

namespace jireloc::cli {

BundleSource source_of(const CommandLine& line, const std::string& path) {
  if (line.has("verify-with"))
    return bundle_verified_with(line.get("verify-with"), path == "-" ? path : expand_home(path));
  if (path == "-") return bundle_descriptor(STDIN_FILENO, "standard input");
  return bundle_file(expand_home(path));
}

Unpacking::Unpacking(const CommandLine& line, Output& out, UnpackOptions options)
    : line_(line),
      out_(out),
      options_(std::move(options)),
      reporter_(line, out, {kUnpackSchema, options_.relocate.dry_run, line.has("strict")}) {
  options_.grown = &grown_;
}

ExitStatus Unpacking::unpack_all() {
  const std::vector<std::string>& digests = line_.all("expect-digest");
  ExitStatus status = ExitStatus::well;
  for (size_t i = 0; i < line_.common.paths.size(); ++i) {
    if (!digests.empty()) options_.expected_sha256 = digests[i];
    const auto error = unpack_one(line_.common.paths[i]);
    if (!error) continue;
    Console::instance().lines(error_line(*error));
    status = worse(status, error->kind() == ErrorKind::usage ? ExitStatus::usage : ExitStatus::failed);
  }
  return worse(status, finish());
}

std::optional<Error> Unpacking::unpack_one(const std::string& path) {
  try {
    const VerifiedBundle bundle =
        unpack_bundle(source_of(line_, path), options_, [&](const DepotItem& item) { add(item); });
    began_ = true;
    const BundleSummary summary{kUnpackSchema, path, bundle.size, bundle.sha256, &bundle.manifest};
    if (line_.common.json != JsonMode::none) reporter_.add_object(bundle_object(summary));
    summaries_ += bundle_line(summary);
    return {};
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return error;
  }
}

void Unpacking::add(const DepotItem& item) {
  began_ = true;
  reporter_.add(item);
}

ExitStatus Unpacking::finish() {
  // Of nothing there is nothing to sum up.
  if (!began_ && line_.common.json == JsonMode::none) return ExitStatus::well;
  const ExitStatus status = reporter_.finish();
  if (line_.common.json == JsonMode::none) out_.write(summaries_);
  return status;
}

}  // namespace jireloc::cli
