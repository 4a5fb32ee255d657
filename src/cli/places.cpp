#include "cli/places.hpp"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

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
  const char* home = std::getenv("HOME");
  if ((home == nullptr || *home == '\0') && (path == "~" || path.starts_with("~/")))
    throw Error(ErrorKind::usage, "'~' cannot be expanded: HOME is not set");
  return paths::expand_home(path, home == nullptr ? "" : home);
}

std::string absolute_path(const std::string& path) {
  if (path.starts_with('/')) return path;
  std::string folder(PATH_MAX, '\0');
  if (::getcwd(folder.data(), folder.size()) == nullptr) return path;
  folder.resize(folder.find('\0'));
  std::string_view rest = path;
  while (rest.starts_with("./")) {
    rest.remove_prefix(2);
    while (rest.starts_with('/')) rest.remove_prefix(1);
  }
  if (rest.empty() || rest == ".") return folder;
  if (!folder.ends_with('/')) folder += '/';
  return folder.append(rest);
}

std::optional<std::string> resolved_path(const std::string& path) {
  return paths::real_path(path);
}

std::unique_ptr<FileView> file_view(const Common& common) {
  if (common.mounts.empty()) return std::make_unique<FileView>();
  return std::make_unique<MountView>(common.mounts);
}

std::string seen_path(const Common& common, const std::string& given) {
  std::string path = absolute_path(given);
  if (common.mounts.empty()) return path;
  return is_there(path) ? MountView(common.mounts).seen(path) : path;
}

std::string seen_depot(const Common& common, const std::string& given) {
  std::string path = paths::trimmed(absolute_path(expand_home(given)));
  if (common.mounts.empty()) return path;
  const MountView view(common.mounts);
  // Under --root any name may be meant as Julia's: it is, if something is there.
  const bool is_seen = view.covers(path) || (view.here(path) != path && view.status(path).exists());
  return is_seen ? path : view.seen(path);
}

std::optional<std::string> resolved_depot(const Common& common, const std::string& seen) {
  if (common.mounts.empty()) return resolved_path(seen);
  const MountView view(common.mounts);
  std::string resolved = view.resolved(seen);
  return view.status(seen).exists() ? std::optional(std::move(resolved)) : std::nullopt;
}

std::string place_here(const Common& common, const std::string& given) {
  if (common.mounts.empty() || is_there(given)) return given;
  std::string place = MountView(common.mounts).actual(absolute_path(given));
  return is_there(place) ? place : given;
}

void add_place(JsonWriter& json, const Common& common, const std::string& here) {
  const std::string path = absolute_path(here);
  json.path("path", path);
  if (common.mounts.empty()) return;
  if (const std::string seen = MountView(common.mounts).seen(path); seen != path) json.path("seen", seen);
}

}  // namespace jireloc::cli
