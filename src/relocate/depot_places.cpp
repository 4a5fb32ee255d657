#include "relocate/depot_places.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "bytes/transaction.hpp"
#include "jireloc/path_map.hpp"
#include "relocate/looks.hpp"
#include "relocate/own_links.hpp"

namespace jireloc::relocating {

namespace {

// Two depots under names of which one may lie inside the other: what is not in the first is looked for in the
// second.
class StagedView final : public FileView {
 public:
  StagedView(const std::string& from, std::string to, const Staged& staged, bool source_first)
      : names_(staged.spellings), to_(std::move(to)), here_(staged.here), source_first_(source_first) {
    names_.push_back(from);
  }

  std::string actual(const std::string& path) const override {
    const auto name = std::find_if(names_.begin(), names_.end(), [&](const std::string& candidate) {
      return is_path_prefix(candidate, path);
    });
    if (name == names_.end()) return path;
    std::string staged = here_ + path.substr(name->size());
    if (!is_path_prefix(to_, path)) return staged;
    const FileStatus first = file_status(source_first_ ? staged : path);
    const bool take_source = (first.type != FileStatus::Type::none) == source_first_;
    return take_source ? staged : path;
  }

 private:
  std::vector<std::string> names_;
  const std::string to_, here_;
  const bool source_first_;
};

// Where things lie here, with what lies behind links noted as that. Those that lead to a depot are looked at
// when it is opened.
class WatchedLinks final : public FileView {
 public:
  struct Depot {
    std::string seen;
    size_t links;  // that lead to it
  };
  WatchedLinks(MountView view, std::vector<Depot> depots)
      : view_(std::move(view)), depots_(std::move(depots)) {}

  std::string actual(const std::string& path) const override {
    if (!path.starts_with('/')) return view_.actual(path);
    std::vector<std::string> links;
    std::string here = view_.here(view_.resolved(path, &links));
    if (links.size() != links_to_depot_of(path)) Looks::note_links();
    return here;
  }

 private:
  size_t links_to_depot_of(const std::string& path) const {
    for (const Depot& depot : depots_)
      if (is_path_prefix(depot.seen, path)) return depot.links;
    return 0;
  }

  const MountView view_;
  const std::vector<Depot> depots_;
};

}  // namespace

DepotPlaces::DepotPlaces(const std::string& from, const std::string& to, const Staged& staged)
    : view_(std::make_unique<StagedView>(from, to, staged, false)),
      source_view_(std::make_unique<StagedView>(from, to, staged, true)),
      from_{from, staged.here, {}},
      to_{to, to, {}},
      spellings_(staged.spellings),
      is_plain_(false) {}

DepotPlaces::DepotPlaces(const std::vector<Mount>& mounts, const std::string& from, const std::string& to)
    : is_plain_(mounts.empty()) {
  if (is_plain_) {
    view_ = std::make_unique<NotingView>(std::make_unique<FileView>());
    from_ = {from, from, {}};
    to_ = {to, to, {}};
    return;
  }
  MountView view(mounts);
  from_ = place_of(view, from);
  to_ = place_of(view, to);
  std::vector<WatchedLinks::Depot> depots = {{from_.seen, from_.links.size()}, {to_.seen, to_.links.size()}};
  view_ = std::make_unique<NotingView>(std::make_unique<WatchedLinks>(std::move(view), std::move(depots)));
}

DepotPlaces::Place DepotPlaces::place_of(const MountView& view, const std::string& seen) const {
  Place place{seen, {}, {}};
  const std::string resolved = view.resolved(seen, &place.links);
  // A depot is opened once, and its folders below that: they must all lie where it lies.
  if (const Mount* inside = view.mount_inside(resolved))
    throw Error(
        ErrorKind::usage,
        fmt::format("the mount {} lies inside of the depot {}; mount the depot as one", inside->seen, seen));
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

void require_outside(FileSystem& system, const Folder& inner, const Folder& outer,
                     const std::string& message) {
  const struct stat other = stat_of(system, outer.fd(), outer.path);
  struct stat info = stat_of(system, inner.fd(), inner.path);
  for (Descriptor at;;) {
    if (is_same_file(info, other)) throw Error(ErrorKind::usage, message);
    const int above = at ? at.get() : inner.fd();
    const int fd = retried([&] { return system.open(above, "..", O_PATH | O_DIRECTORY); });
    // Folders above may be closed to us; each thing that is removed is held against its place once more.
    if (fd < 0) return;
    at = Descriptor(system, fd);
    const struct stat parent = stat_of(system, fd, inner.path);
    if (is_same_file(parent, info)) return;
    info = parent;
  }
}

void require_two_depots(FileSystem& system, const Folder& from, const Folder& to) {
  if (is_same_file(stat_of(system, from.fd(), from.path), stat_of(system, to.fd(), to.path)))
    throw Error(ErrorKind::usage,
                fmt::format("both depots are one folder under two names: {} and {}", from.path, to.path));
  const std::string message = fmt::format("one depot lies inside the other: {} and {}", from.path, to.path);
  require_outside(system, from, to, message);
  require_outside(system, to, from, message);
}

}  // namespace jireloc::relocating
