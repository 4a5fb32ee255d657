#include "jireloc/mount_view.hpp"

#include <fcntl.h>
#include <limits.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <optional>

#include "bytes/file_io.hpp"
#include "bytes/reading.hpp"
#include "jireloc/error.hpp"
#include "jireloc/path_map.hpp"
#include "jireloc/paths.hpp"

namespace jireloc {
namespace {

constexpr int most_links = 40;  // as the kernel's

std::string without_trailing_slashes(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  return path;
}

void push_components_front(std::deque<std::string>& pending, std::string_view path) {
  const auto parts = paths::components(path);
  pending.insert(pending.begin(), parts.begin(), parts.end());
}

// The target of a symbolic link, or nothing if `path` is none. Throws Error (io) where that cannot be told.
std::optional<std::string> link_target(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t size =
      retried([&] { return reading_file_system().read_link(AT_FDCWD, path.c_str(), target, sizeof target); });
  const bool is_no_link = size == -EINVAL || size == -ENOENT || size == -ENOTDIR || size == -ENAMETOOLONG;
  if (size < 0 && !is_no_link) throw Error::system(static_cast<int>(-size), "readlink", path);
  if (size <= 0) return std::nullopt;
  return std::string(target, static_cast<size_t>(size));
}

// Where the next components lead to a place that is mounted, they are taken at once: on the way there Julia
// has folders, whatever this machine has under their names.
void enter_mount(const std::vector<Mount>& longest_first, std::string& inside,
                 std::deque<std::string>& pending) {
  for (const Mount& mount : longest_first) {
    if (mount.seen.size() <= inside.size() || !is_path_prefix(inside, mount.seen)) continue;
    std::string at = inside;
    auto part = pending.begin();
    while (at.size() < mount.seen.size() && part != pending.end()) at.append(1, '/').append(*part++);
    if (at != mount.seen) continue;
    inside = std::move(at);
    pending.erase(pending.begin(), part);
    return;
  }
}

std::vector<Mount> longest_first(std::vector<Mount> mounts, std::string Mount::*side) {
  std::stable_sort(mounts.begin(), mounts.end(),
                   [side](const Mount& a, const Mount& b) { return (a.*side).size() > (b.*side).size(); });
  return mounts;
}

std::string translated(const std::vector<Mount>& mounts, std::string Mount::*from, std::string Mount::*to,
                       std::string_view path) {
  for (const Mount& mount : mounts) {
    if (!is_path_prefix(mount.*from, path)) continue;
    std::string result = mount.*to + std::string(path.substr((mount.*from).size()));
    return result.empty() ? "/" : result;
  }
  return std::string(path);
}

}  // namespace

MountView::MountView(std::vector<Mount> mounts) {
  for (Mount& mount : mounts) {
    mount.seen = without_trailing_slashes(std::move(mount.seen));
    mount.here = without_trailing_slashes(std::move(mount.here));
    covers_root_ |= mount.seen.empty();
  }
  by_seen_ = longest_first(mounts, &Mount::seen);
  by_here_ = longest_first(std::move(mounts), &Mount::here);
}

bool MountView::is_mount_point(std::string_view seen) const {
  return std::any_of(by_seen_.begin(), by_seen_.end(),
                     [&](const Mount& mount) { return mount.seen == seen; });
}

std::string MountView::here(std::string_view seen) const {
  return translated(by_seen_, &Mount::seen, &Mount::here, seen);
}

std::string MountView::seen(std::string_view here) const {
  return translated(by_here_, &Mount::here, &Mount::seen, here);
}

bool MountView::covers(std::string_view seen) const {
  return std::any_of(by_seen_.begin(), by_seen_.end(), [&](const Mount& mount) {
    return !mount.seen.empty() && is_path_prefix(mount.seen, seen);
  });
}

const Mount* MountView::mount_inside(std::string_view seen) const {
  const auto inside = std::find_if(by_seen_.begin(), by_seen_.end(), [&](const Mount& mount) {
    return mount.seen != seen && is_path_prefix(seen, mount.seen);
  });
  return inside == by_seen_.end() ? nullptr : &*inside;
}

std::string MountView::actual(const std::string& path) const {
  if (!path.starts_with('/') && !covers_root_) return path;
  return here(resolved(path));
}

std::string MountView::resolved(const std::string& path, std::vector<std::string>* followed) const {
  std::deque<std::string> pending;
  push_components_front(pending, path);
  std::string inside;  // resolved so far, as Julia sees it
  int links = 0;
  enter_mount(by_seen_, inside, pending);
  while (!pending.empty()) {
    const std::string part = std::move(pending.front());
    pending.pop_front();
    if (part == ".") continue;
    if (part == "..") {
      inside.erase(inside.empty() ? 0 : inside.rfind('/'));
      enter_mount(by_seen_, inside, pending);
      continue;
    }
    std::string next = inside + "/" + part;
    // A mount point is a folder to Julia, however the place that is mounted there was named.
    const std::string place = here(next);
    const auto target = is_mount_point(next) ? std::nullopt : link_target(place);
    if (!target || ++links > most_links) {
      inside = std::move(next);
      continue;
    }
    if (followed != nullptr) followed->push_back(place);
    if (target->starts_with('/')) inside.clear();
    push_components_front(pending, *target);
    enter_mount(by_seen_, inside, pending);
  }
  return inside.empty() ? "/" : inside;
}

}  // namespace jireloc
