#include "relocate/circumstances.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "bytes/digest.hpp"

namespace jireloc::relocating {
namespace {

std::string trusted_text(const std::optional<TrustedTrees>& trusted) {
  if (!trusted) return "anybody";
  bytes::Digest digest;
  for (const auto& [uuid, trees] : *trusted) {
    digest.add(uuid.text());
    for (const Sha1& tree : trees) digest.add(sha1_text(tree));
  }
  return digest.text();
}

std::string quoted(const std::string& text) {
  return fmt::format("{}:{} ", text.size(), text);
}

std::string identity_text(const Run& run, const Folder& depot) {
  const struct stat info = stat_of(run.system, depot.fd(), depot.path);
  return fmt::format("{}{}:{}", quoted(depot.path), info.st_dev, info.st_ino);
}

}  // namespace

std::string list_text(const std::vector<PathMapping>& mappings) {
  std::string text;
  for (const PathMapping& mapping : mappings) text += quoted(mapping.from) + "=" + quoted(mapping.to);
  return text;
}

std::string list_text(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) text += quoted(path);
  return text;
}

std::string runner_text() {
  return fmt::format("{}\nuser {}:{}\n", JIRELOC_VERSION, ::geteuid(), ::getegid());
}

std::string circumstances_of(const Run& run) {
  const RelocateOptions& options = run.options;
  std::vector<std::string> lines = {
      "from " + quoted(options.from) + identity_text(run, *run.from),
      "to " + quoted(options.to) + identity_text(run, *run.to),
      "map " + list_text(options.map.mappings()),
      "aliases " + list_text(run.aliases),
      "moved " + list_text(options.moved_paths),
      "keep " + list_text(options.keep_paths),
      "layers " + list_text(options.layers) + quoted(options.bundled),
      fmt::format("payload {} {} {} {} {}", static_cast<int>(options.payload),
                  static_cast<int>(options.longer), static_cast<int>(options.spelling), options.keep_code,
                  options.experimental),
      fmt::format("limits {} {}", options.limits.most_entries, options.limits.most_bytes),
      fmt::format("rules {} {}", options.rules.allow_build_scripts, trusted_text(options.rules.trusted)),
      fmt::format("stamp {}", options.stamp ? std::to_string(*options.stamp) : "none"),
      fmt::format("scratchspaces {}", options.scratchspaces),
  };
  for (const Mount& mount : options.mounts)
    lines.push_back("mount " + quoted(mount.seen) + quoted(mount.here));
  return runner_text() + fmt::format("{}\n", fmt::join(lines, "\n"));
}

}  // namespace jireloc::relocating
