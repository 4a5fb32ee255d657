#include "jireloc/file_view.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <string_view>

#include "bytes/file_io.hpp"
#include "bytes/reading.hpp"
#include "jireloc/error.hpp"

namespace jireloc {
namespace {

FileStatus::Type type_of(mode_t mode) noexcept {
  if (S_ISREG(mode)) return FileStatus::Type::regular;
  if (S_ISDIR(mode)) return FileStatus::Type::directory;
  return FileStatus::Type::other;
}

void push_components_front(std::deque<std::string>& pending, std::string_view path) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) parts.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  pending.insert(pending.begin(), parts.begin(), parts.end());
}

// No file has such a path.
bool means_absent(int problem) noexcept {
  return problem == ENOENT || problem == ENOTDIR || problem == ENAMETOOLONG;
}

// The target of a symbolic link, or nothing if `path` is none.
std::optional<std::string> link_target(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t size =
      retried([&] { return reading_file_system().read_link(AT_FDCWD, path.c_str(), target, sizeof target); });
  if (size < 0 && size != -EINVAL && !means_absent(static_cast<int>(-size)))
    throw Error::system(static_cast<int>(-size), "readlink", path);
  if (size <= 0) return std::nullopt;
  return std::string(target, static_cast<size_t>(size));
}

// `path` below `root`, which no link and no ".." leads out of.
std::string resolve_below(const std::string& root, const std::string& path) {
  constexpr int max_links = 40;  // as the kernel's
  std::deque<std::string> pending;
  push_components_front(pending, path);
  std::string inside;  // resolved so far, below the root
  int links = 0;
  while (!pending.empty()) {
    const std::string part = std::move(pending.front());
    pending.pop_front();
    if (part == ".") continue;
    if (part == "..") {
      inside.erase(inside.empty() ? 0 : inside.rfind('/'));
      continue;
    }
    const auto target = link_target(fmt::format("{}{}/{}", root, inside, part));
    if (!target || ++links > max_links) {
      inside.append(1, '/').append(part);
      continue;
    }
    if (target->starts_with('/')) inside.clear();
    push_components_front(pending, *target);
  }
  return root + (inside.empty() ? "/" : inside);
}

std::string parent_of(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  const size_t slash = end == std::string::npos ? end : path.rfind('/', end);
  if (slash == std::string::npos) return path.starts_with('/') ? "/" : ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_prefix_at_boundary(std::string_view prefix, std::string_view path) noexcept {
  return path.starts_with(prefix) &&
         (path.size() == prefix.size() || prefix.ends_with('/') || path[prefix.size()] == '/');
}

}  // namespace

double julia_mtime(int64_t seconds, int64_t nanoseconds) noexcept {
  // volatile: a fused multiply-add would round once where Julia's C rounds twice.
  const volatile double fraction = static_cast<double>(nanoseconds) * 1e-9;
  return static_cast<double>(seconds) + fraction;
}

FileStatus file_status(const std::string& actual_path) noexcept {
  FileStatus status;
  struct stat st {};
  const int result =
      retried([&] { return reading_file_system().stat_at(AT_FDCWD, actual_path.c_str(), st, 0); });
  if (result < 0) {
    if (means_absent(-result)) return status;
    status.type = FileStatus::Type::unknown;
    status.problem = -result;
    return status;
  }
  status.type = type_of(st.st_mode);
  status.device = st.st_dev;
  status.inode = st.st_ino;
  status.size = static_cast<uint64_t>(st.st_size);
  status.mtime = julia_mtime(st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
  return status;
}

void require_certain_absence(const std::string& actual_path) {
  FileSystem& system = reading_file_system();
  for (std::string folder = parent_of(actual_path);; folder = parent_of(folder)) {
    const int fd = retried([&] { return system.open(AT_FDCWD, folder.c_str(), O_RDONLY | O_DIRECTORY); });
    // A file, or a link to nowhere, where a folder would have to be, is as good as nothing there.
    if (fd < 0 && means_absent(-fd) && folder != "/" && folder != ".") continue;
    const Descriptor opened(system, checked(fd, "open", folder));
    std::array<char, 4096> entries;
    checked(retried([&] { return system.list(opened.get(), entries.data(), entries.size()); }), "getdents",
            folder);
    return;
  }
}

std::string resolve_links(const std::string& absolute_path) {
  return resolve_below({}, absolute_path);
}

FileStatus FileView::status(const std::string& path) const {
  try {
    return file_status(actual(path));
  } catch (const Error& error) {
    FileStatus unknown;
    unknown.type = FileStatus::Type::unknown;
    unknown.problem = error.system_errno();
    return unknown;
  }
}

FileStatus FileView::known_status(const std::string& path) const {
  const FileStatus status = this->status(path);
  if (status.is_unknown()) throw Error::system(status.problem, "stat", path);
  return status;
}

RootView::RootView(std::string root) : root_(std::move(root)) {
  while (root_.ends_with('/')) root_.pop_back();
}

std::string RootView::actual(const std::string& path) const {
  return resolve_below(root_, path);
}

MappedView::MappedView(std::vector<std::pair<std::string, std::string>> prefixes, const FileView& base)
    : prefixes_(std::move(prefixes)), base_(base) {
  std::stable_sort(prefixes_.begin(), prefixes_.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
}

std::string MappedView::actual(const std::string& path) const {
  for (const auto& [from, to] : prefixes_) {
    if (is_prefix_at_boundary(from, path)) return base_.actual(to + path.substr(from.size()));
  }
  return base_.actual(path);
}

}  // namespace jireloc
