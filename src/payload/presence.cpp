// Whether paths are there, asked once a path and run.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "bytes/file_io.hpp"
#include "bytes/overlay.hpp"
#include "bytes/reading.hpp"
#include "jireloc/error.hpp"
#include "jireloc/paths.hpp"
#include "jireloc/payload_audit.hpp"

namespace jireloc {
namespace {

constexpr size_t kMostRemembered = 200'000;
// How often the folder is looked for that is gone with all that was in it.
constexpr size_t kMostSearches = 32;

// 0 where something is there, or -errno.
int ask(const std::string& actual_path) {
  struct stat info {};
  FileSystem& system = reading_file_system();
  const int result = retried([&] { return system.stat_at(AT_FDCWD, actual_path.c_str(), info, 0); });
  // What a layer of an overlay has deleted has no folder that could be gone.
  return result == 0 && is_whiteout(system, AT_FDCWD, actual_path, info) ? -ENOTDIR : result;
}

Presence presence_of(int answer) noexcept {
  if (answer == 0) return Presence::there;
  const bool absent = answer == -ENOENT || answer == -ENOTDIR || answer == -ENAMETOOLONG;
  return absent ? Presence::absent : Presence::unknown;
}

// The outermost folder above a path that is not there; empty where the one that would hold it is there, or
// does not tell.
std::string absent_folder_above(const std::string& path) {
  std::string found;
  for (std::string folder = paths::parent(path); folder.size() > 1; folder = paths::parent(folder)) {
    if (ask(folder) != -ENOENT) break;
    found = folder;
  }
  return found;
}

}  // namespace

struct PresenceCache::State {
  std::mutex mutex;
  std::unordered_map<std::string, Presence> known;  // by actual path
  std::vector<std::string> absent;                  // folders, for look_back
  size_t searches = 0;

  std::optional<Presence> find(const std::string& path) {
    const std::lock_guard lock(mutex);
    const auto found = known.find(path);
    return found == known.end() ? std::nullopt : std::optional(found->second);
  }
  void keep(std::string path, Presence presence) {
    const std::lock_guard lock(mutex);
    if (known.size() < kMostRemembered) known.emplace(std::move(path), presence);
  }
  bool is_below_absent(std::string_view path) {
    const std::lock_guard lock(mutex);
    return std::any_of(absent.begin(), absent.end(), [&](const std::string& folder) {
      return path.size() > folder.size() && path[folder.size()] == '/' && path.starts_with(folder);
    });
  }
  void search_above(const std::string& path) {
    {
      const std::lock_guard lock(mutex);
      if (searches == kMostSearches) return;
      ++searches;
    }
    std::string folder = absent_folder_above(path);
    if (folder.empty()) return;
    const std::lock_guard lock(mutex);
    if (std::find(absent.begin(), absent.end(), folder) == absent.end()) absent.push_back(std::move(folder));
  }
};

namespace {
// As the kernel takes it: a path that was stretched to its place has spare ones.
std::string with_single_slashes(std::string path) {
  for (size_t at = path.find("//"); at != std::string::npos; at = path.find("//", at)) path.erase(at, 1);
  return path;
}

// Nothing where the way to it cannot be looked at.
std::optional<std::string> actual_of(const FileView& view, const std::string& path) {
  try {
    return with_single_slashes(view.actual(path));
  } catch (const Error&) {
    return {};
  }
}
}  // namespace

PresenceCache::PresenceCache() : state_(std::make_unique<State>()) {}
PresenceCache::~PresenceCache() = default;

Presence PresenceCache::look(const FileView& view, const std::string& path) {
  std::optional<std::string> actual = actual_of(view, path);
  if (!actual) return Presence::unknown;
  if (const auto known = state_->find(*actual)) return *known;
  const Presence presence = presence_of(ask(*actual));
  state_->keep(std::move(*actual), presence);
  return presence;
}

Presence PresenceCache::look_back(const FileView& view, const std::string& path) {
  std::optional<std::string> actual = actual_of(view, path);
  if (!actual) return Presence::unknown;
  if (const auto known = state_->find(*actual)) return *known;
  if (state_->is_below_absent(*actual)) return Presence::absent;
  const int answer = ask(*actual);
  const Presence presence = presence_of(answer);
  if (answer == -ENOENT) state_->search_above(*actual);
  state_->keep(std::move(*actual), presence);
  return presence;
}

void PresenceCache::note_there(std::string actual_path) {
  state_->keep(std::move(actual_path), Presence::there);
}

}  // namespace jireloc
