#include "relocate/compilations.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <climits>

#include "jireloc/byte_source.hpp"
#include "relocate/depot_graph.hpp"

namespace jireloc::relocating {
namespace {

// Base.compilecache_pidlock_stale_age is 10 seconds, and a lock is refreshed at half of that; where the
// process may be alive (on another host nobody knows), a lock holds 25 times as long (Pidfile.stale_pidfile).
constexpr time_t kStaleAge = 10, kLongestAge = 25 * kStaleAge;
constexpr uint64_t kMostText = 1024;  // of a lock: a number and a host's name

struct LockText {
  pid_t process = 0;  // 0: none that can live
  std::string host;
};

// "PID HOST" (Pidfile.parse_pidfile).
LockText parse_lock(std::string_view text) {
  LockText lock;
  const size_t space = std::min(text.find(' '), text.size());
  std::from_chars(text.data(), text.data() + space, lock.process);
  if (space < text.size()) lock.host = text.substr(space + 1);
  while (!lock.host.empty() && std::isspace(static_cast<unsigned char>(lock.host.back())) != 0)
    lock.host.pop_back();
  return lock;
}

// A file that was made just now may bear a later second than the coarse clock behind std::time.
time_t this_second() {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

std::string this_host() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? std::string(name) : std::string();
}

// Pidfile.isvalidpid.
bool may_live(const LockText& lock) {
  if (lock.process <= 0) return false;
  if (!lock.host.empty() && lock.host != this_host()) return true;
  return ::kill(lock.process, 0) == 0 || errno != ESRCH;
}

std::string read_text(FileSystem& system, const Folder& depot, const std::string& relative) {
  const auto source = open_in_depot(system, depot, relative, kMostText);
  std::string text(static_cast<size_t>(std::min(source->size(), kMostText)), '\0');
  source->read(0, text.data(), text.size());
  return text;
}

}  // namespace

bool is_julias_temporary(std::string_view name) noexcept {
  if (!name.starts_with("jl_")) return false;
  name.remove_prefix(3);
  return name.size() >= 6 && name.size() <= 12 && std::all_of(name.begin(), name.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0;
         });
}

Compilations::Compilations(FileSystem& system, const Folder& depot, std::chrono::seconds grace)
    : system_(system), depot_(depot), grace_(grace) {}

bool Compilations::is_young(const struct stat& info) const noexcept {
  return info.st_ctim.tv_sec > this_second() - grace_.count();
}

std::optional<std::string> Compilations::holder(const std::string& relative) const {
  const auto info = find_entry(system_, depot_.fd(), relative, depot_.path + "/" + relative);
  if (!info) return {};
  const time_t age = this_second() - info->st_mtim.tv_sec;
  if (age > kLongestAge) return {};
  try {
    const LockText lock = parse_lock(read_text(system_, depot_, relative));
    if (lock.process <= 0 && age <= kStaleAge) return "a process that has not signed its lock yet";
    if (!may_live(lock)) return {};
    return lock.host.empty() ? fmt::format("process {}", lock.process)
                             : fmt::format("process {} on {}", lock.process, lock.host);
  } catch (const Error& error) {
    if (error.system_errno() == ENOENT) return {};
    return fmt::format("a process that is not known ({})", error.message());
  }
}

std::optional<std::string> Compilations::at_work_in(const std::string& relative) const {
  const auto folder = open_folder_in(system_, depot_, relative);
  for (const FolderEntry& entry : list_folder(system_, folder->fd(), folder->path)) {
    if (!entry.name.ends_with(".pidfile")) continue;
    if (auto who = holder(relative + "/" + entry.name)) return who;
  }
  return {};
}

std::optional<Reason> Compilations::work_beside(const std::string& folder) const {
  const auto who = at_work_in(folder);
  if (!who) return {};
  return Reason{Code::being_compiled, *who + " compiles in its folder, so it is left alone"};
}

}  // namespace jireloc::relocating
