// --with-scratchspaces: those that images name.
#include <mutex>

#include "jireloc/path_map.hpp"
#include "relocate/depot_images.hpp"
#include "relocate/run.hpp"

namespace jireloc::relocating {
namespace {

constexpr uint64_t kLargestInMemory = uint64_t{1} << 20;

// "UUID/NAME" of a path in a scratch space of the depot; empty for any other.
std::string scratchspace_in(const std::string& path, const std::string& depot) {
  const std::string folder = depot + "/scratchspaces";
  if (!is_path_prefix(folder, path) || path.size() <= folder.size() + 1) return {};
  const std::string tail = path.substr(folder.size() + 1);
  const size_t slash = tail.find('/');
  if (slash == std::string::npos || slash == 0) return {};
  return tail.substr(0, tail.find('/', slash + 1));
}

void add_names(Run& run, const ImageRef& ref, PresenceCache& presences, std::mutex& mutex,
               std::set<std::string>& names) {
  const ImagePair image = open_image(run.system, *run.from, ref.relative(), kLargestInMemory, run.held);
  AuditRules rules;
  rules.moves = {{run.options.from, run.options.to}};
  rules.before = rules.after = &run.places.view();
  rules.list_all = true;
  rules.most_listed = UINT64_MAX;
  rules.makes_target = true;
  const PayloadAudit audit = audit_payload(
      {image.file, *image.ji, image.library.get(), image.sums.stored_payload_crc}, rules, presences);
  for (const AuditedPath& path : audit.paths) {
    const std::string name = scratchspace_in(path.new_path, run.options.to);
    if (name.empty()) continue;
    const std::lock_guard lock(mutex);
    names.insert(name);
  }
}

}  // namespace

std::vector<TreeRef> named_scratchspaces(Run& run, const std::vector<ImageRef>& images) {
  std::set<std::string> names;
  PresenceCache presences;  // of before the step
  std::mutex mutex;
  for_all(run.threads, images.size(), [&](size_t i) {
    try {
      add_names(run, images[i], presences, mutex, names);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
    }
  });
  std::vector<TreeRef> trees;
  for (const std::string& name : names) {
    const TreeRef tree{"scratchspaces/" + name.substr(0, name.find('/')), name.substr(name.find('/') + 1)};
    if (file_status(run.places.from_here() + "/" + tree.relative()).is_directory()) trees.push_back(tree);
  }
  return trees;
}

}  // namespace jireloc::relocating
