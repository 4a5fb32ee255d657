// What a Julia would have against the images of a bundle, as far as their headers say it.
#include "check/subject.hpp"
#include "format/select.hpp"
#include "jireloc/bundle.hpp"

namespace jireloc {
namespace {

// As much of an image as a manifest tells.
CacheFile file_told_of(const BundleManifest& manifest, const BundleImage& image, const Layout& layout) {
  CacheFile file;
  file.layout = &layout;
  file.prefix = manifest.julias.at(image.julia);
  file.checksum = image.build_id_hi;
  file.flags = image.flags;
  file.clone_targets = image.clone_targets;
  return file;
}

std::optional<Reason> objection_to(const BundleManifest& manifest, const BundleImage& image,
                                   const CheckContext& context) {
  const Prefix& julia = manifest.julias.at(image.julia);
  const auto layouts = format::candidates(julia.format, julia.version);
  if (layouts.empty())
    return Reason{Code::unknown_format, "no Julia that is known writes images of its format", image.path};
  const CacheFile file = file_told_of(manifest, image, *layouts.front());
  ImageReport report;
  const auto nothing = own_bytes({}, image.path);
  check::Subject subject{file,   *nothing, image.path, context, JuliaVersion::parse(julia.version),
                         report, {},       {}};
  for (const auto rule : {check::check_prefix, check::check_flags, check::check_clone_targets}) {
    rule(subject);
    if (report.reasons.empty()) continue;
    Reason reason = report.reasons.front();
    reason.path = image.path;
    return reason;
  }
  return {};
}

}  // namespace

std::vector<Reason> objections_to(const BundleManifest& manifest, const ExpectedJulia& julia,
                                  const std::shared_ptr<const Processor>& processor) {
  CheckContext context;
  context.expected = julia;
  context.processor = processor;
  std::vector<Reason> reasons;
  for (const BundleImage& image : manifest.images) {
    try {
      if (auto reason = objection_to(manifest, image, context)) reasons.push_back(std::move(*reason));
    } catch (const Error& error) {
      reasons.push_back({error.kind(), error.message(), image.path});
    }
  }
  return reasons;
}

}  // namespace jireloc
