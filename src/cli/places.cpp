#include "cli/places.hpp"

#include <sys/stat.h>

#include <cstdlib>

#include "jireloc/depot.hpp"
#include "jireloc/error.hpp"
#include "jireloc/mount_view.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {
namespace {

bool is_there(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

}  // namespace

std::string expand_home(const std::string& path) {
  const std::string home = from_environment("HOME");
  if (home.empty() && (path == "~" || path.starts_with("~/")))
    throw Error(ErrorKind::usage, "'~' cannot be expanded: HOME is not set");
  return paths::expand_home(path, home);
}

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<std::string> expanded_depots(const std::optional<std::string>& text, const JuliaVersion& version,
                                         const std::string& bindir) {
  return expand_depot_path(text, version, {from_environment("HOME"), bindir});
}

std::unique_ptr<FileView> file_view(const Common& common) {
  if (common.mounts.empty()) return std::make_unique<FileView>();
  return std::make_unique<MountView>(common.mounts);
}

std::string seen_path(const Common& common, const std::string& given) {
  std::string path = paths::absolute(given);
  if (common.mounts.empty()) return path;
  return is_there(path) ? MountView(common.mounts).seen(path) : path;
}

std::string seen_depot(const Common& common, const std::string& given) {
  std::string path = paths::trimmed(paths::absolute(expand_home(given)));
  if (common.mounts.empty()) return path;
  const MountView view(common.mounts);
  // Under --root any name may be meant as Julia's: it is, if something is there.
  const bool is_seen = view.covers(path) || (view.here(path) != path && view.status(path).exists());
  return is_seen ? path : view.seen(path);
}

std::optional<std::string> resolved_depot(const Common& common, const std::string& seen) {
  if (common.mounts.empty()) return paths::real_path(seen);
  const MountView view(common.mounts);
  std::string resolved = view.resolved(seen);
  return view.status(seen).exists() ? std::optional(std::move(resolved)) : std::nullopt;
}

std::string place_here(const Common& common, const std::string& given) {
  if (common.mounts.empty() || is_there(given)) return given;
  std::string place = MountView(common.mounts).actual(paths::absolute(given));
  return is_there(place) ? place : given;
}

void add_place(JsonWriter& json, const Common& common, const std::string& here) {
  const std::string path = paths::absolute(here);
  json.path("path", path);
  if (common.mounts.empty()) return;
  if (const std::string seen = MountView(common.mounts).seen(path); seen != path) json.path("seen", seen);
}

}  // namespace jireloc::cli
