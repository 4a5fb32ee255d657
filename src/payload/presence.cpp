// Whether paths are there, asked once a path and run.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <mutex>
#include <unordered_map>

#include "bytes/file_io.hpp"
#include "bytes/overlay.hpp"
#include "bytes/reading.hpp"
#include "jireloc/error.hpp"
#include "jireloc/payload_audit.hpp"

namespace jireloc {
namespace {

constexpr size_t kMostRemembered = 200'000;

Presence ask(const std::string& actual_path) {
  struct stat info {};
  FileSystem& system = reading_file_system();
  const int result = retried([&] { return system.stat_at(AT_FDCWD, actual_path.c_str(), info, 0); });
  if (result == 0)
    return is_whiteout(system, AT_FDCWD, actual_path, info) ? Presence::absent : Presence::there;
  const bool absent = result == -ENOENT || result == -ENOTDIR || result == -ENAMETOOLONG;
  return absent ? Presence::absent : Presence::unknown;
}

}  // namespace

struct PresenceCache::State {
  std::mutex mutex;
  std::unordered_map<std::string, Presence> known;  // by actual path
};

PresenceCache::PresenceCache() : state_(std::make_unique<State>()) {}
PresenceCache::~PresenceCache() = default;

Presence PresenceCache::look(const FileView& view, const std::string& path) {
  std::string actual;
  try {
    actual = view.actual(path);
  } catch (const Error&) {
    return Presence::unknown;  // the way to it could not be looked at
  }
  {
    const std::lock_guard lock(state_->mutex);
    if (const auto found = state_->known.find(actual); found != state_->known.end()) return found->second;
  }
  const Presence presence = ask(actual);
  const std::lock_guard lock(state_->mutex);
  if (state_->known.size() < kMostRemembered) state_->known.emplace(std::move(actual), presence);
  return presence;
}

}  // namespace jireloc
