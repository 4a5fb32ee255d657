#include "cli/depot_options.hpp"

#include "cli/host.hpp"
#include "cli/layers.hpp"
#include "cli/output.hpp"
#include "cli/places.hpp"

namespace jireloc::cli {
namespace {

std::vector<std::string> places_given(const CommandLine& line, std::string_view option) {
  std::vector<std::string> places;
  if (line.takes(option))
    for (const std::string& path : line.all(option)) places.push_back(place_here(line.common, path));
  return places;
}

DepotRules read_rules(const CommandLine& line) {
  DepotRules rules;
  rules.allow_build_scripts = line.has("allow-build-scripts");
  const auto manifests = places_given(line, "manifest"), registries = places_given(line, "registry");
  TrustedTrees trees;
  for (const std::string& path : manifests) add_trusted_manifest(path, trees);
  for (const std::string& path : registries) add_trusted_registry(path, trees);
  const bool given = !manifests.empty() || !registries.empty();
  if (line.takes("untrusted") && line.has("untrusted") && !given)
    throw Error(ErrorKind::usage, "--untrusted: give the trusted tree hashes with --manifest or --registry");
  if (given) rules.trusted = std::move(trees);
  return rules;
}

}  // namespace

void read_depot_options(const CommandLine& line, const std::string& depot, DepotOptions& options) {
  options.rules = read_rules(line);
  LayerNames layers = read_layers(line, depot);
  options.layers = std::move(layers.depots);
  options.bundled = std::move(layers.bundled);
  if (line.takes(lock_timeout_row.name))
    options.lock_timeout =
        std::chrono::seconds(parse_number(line.get("lock-timeout", "0"), "--lock-timeout", 0, 86400));
  if (!line.common.quiet)
    options.waiting = [](const std::string& holder) {
      Console::instance().lines(message_line("", "waiting: " + holder));
    };
  options.jobs = line.common.jobs;
  options.most_jobs = line.common.most_jobs;
  options.mounts = line.common.mounts;
  if (const Host* host = current_host()) options.stop = &host->stop();
}

}  // namespace jireloc::cli
