#include "relocate/depot_places.hpp"

#include <fmt/format.h>

#include "jireloc/path_map.hpp"
#include "relocate/own_links.hpp"

namespace jireloc::relocating {

DepotPlaces::DepotPlaces(const std::vector<Mount>& mounts, const std::string& from, const std::string& to)
    : is_plain_(mounts.empty()) {
  if (is_plain_) {
    view_ = std::make_unique<FileView>();
    from_ = {from, from, {}};
    to_ = {to, to, {}};
    return;
  }
  auto view = std::make_unique<MountView>(mounts);
  from_ = place_of(*view, from);
  to_ = place_of(*view, to);
  view_ = std::move(view);
}

DepotPlaces::Place DepotPlaces::place_of(const MountView& view, const std::string& seen) const {
  Place place{seen, {}, {}};
  const std::string resolved = view.resolved(seen, &place.links);
  // A depot is opened once, and its folders below that: they must all lie where it lies.
  if (const Mount* inside = view.mount_inside(resolved))
    throw Error(
        ErrorKind::usage,
        fmt::format("--mount: {} lies inside of the depot {}; mount the depot as one", inside->seen, seen));
  place.here = view.here(resolved);
  return place;
}

std::shared_ptr<Folder> DepotPlaces::open(FileSystem& system, const Place& place) {
  auto folder = open_depot(system, place.here);
  require_own_links(system, place.links, *folder);
  return folder;
}

std::string DepotPlaces::seen(const std::string& here) const {
  for (const Place* place : {&from_, &to_})
    if (is_path_prefix(place->here, here)) return place->seen + here.substr(place->here.size());
  return here;
}

ItemSink DepotPlaces::naming(const ItemSink& sink) const {
  if (is_plain_) return sink;
  return [this, &sink](const DepotItem& item) {
    DepotItem named = item;
    if (named.seen.empty()) named.seen = seen(item.path);
    if (!item.target.empty()) named.target_seen = seen(item.target);
    sink(named);
  };
}

}  // namespace jireloc::relocating
