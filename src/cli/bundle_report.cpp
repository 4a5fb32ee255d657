#include "cli/bundle_report.hpp"

#include <fmt/format.h>

#include "cli/printable.hpp"

namespace jireloc::cli {
namespace {

uint64_t bytes_of(const BundleManifest& manifest) {
  uint64_t bytes = 0;
  for (const BundleFile& file : manifest.files) bytes += file.size;
  return bytes;
}

std::string rests_on(const BundleManifest& manifest) {
  std::string text;
  for (const BundleBase& base : manifest.since)
    text += fmt::format("{}{}", text.empty() ? "; it rests on " : ", ", base.sha256);
  return text;
}

}  // namespace

std::string bundle_object(const BundleSummary& summary) {
  const BundleManifest& manifest = *summary.manifest;
  JsonWriter json;
  json.begin_object().field("schema", summary.schema).field("kind", "bundle").path("path", summary.path);
  json.path("depot", manifest.depot).count("size", summary.size).field("sha256", summary.sha256);
  json.count("packages", manifest.packages.size()).count("artifacts", manifest.artifacts.size());
  json.count("images", manifest.images.size()).count("files", manifest.files.size());
  std::vector<std::string> since;
  for (const BundleBase& base : manifest.since) since.push_back(base.sha256);
  if (!since.empty()) json.strings("since", since);
  return json.count("bytes", bytes_of(manifest)).end_object().take();
}

std::string bundle_line(const BundleSummary& summary) {
  const BundleManifest& manifest = *summary.manifest;
  const std::string holds = fmt::format("{} packages, {} artifacts, {} images: {} files, {} bytes",
                                        manifest.packages.size(), manifest.artifacts.size(),
                                        manifest.images.size(), manifest.files.size(), bytes_of(manifest)) +
                            rests_on(manifest);
  if (summary.sha256.empty()) return holds + "\n";
  return fmt::format("{}\n{} bytes, sha256 {}{}{}\n", holds, summary.size, summary.sha256,
                     summary.path.empty() ? "" : "  ", printable(summary.path));
}

}  // namespace jireloc::cli
