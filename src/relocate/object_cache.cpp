// Julia 1.14's store of native objects in a depot.
#include <fmt/format.h>

#include "relocate/run.hpp"

namespace jireloc::relocating {
namespace {

// Nothing where there is none, or where the folders cannot be listed: nothing depends on it.
std::optional<std::string> find_object_cache(const Run& run) {
  try {
    const auto cache = open_folder_in(run.system, *run.from, "cache");
    for (const FolderEntry& version : list_folder(run.system, cache->fd(), cache->path)) {
      const auto folder = open_folder_in(run.system, *run.from, "cache/" + version.name);
      for (const FolderEntry& entry : list_folder(run.system, folder->fd(), folder->path))
        if (entry.name.starts_with("objcache-")) return fmt::format("cache/{}/{}", version.name, entry.name);
    }
  } catch (const Error&) {
  }
  return std::nullopt;
}

}  // namespace

void report_object_cache(const Run& run) {
  const auto found = find_object_cache(run);
  if (!found) return;
  DepotItem item;
  item.kind = DepotItemKind::leftover;
  item.path = run.places.from_here() + "/" + *found;
  item.status = DepotItemStatus::kept;
  item.warnings.push_back({Code::object_cache,
                           "a store of native objects that running Julias (1.14 and later) fill for "
                           "themselves: it is left where it is, no image needs it"});
  run.sink(item);
}

}  // namespace jireloc::relocating
