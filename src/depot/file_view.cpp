#include "jireloc/file_view.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "bytes/file_io.hpp"
#include "bytes/overlay.hpp"
#include "bytes/reading.hpp"
#include "jireloc/error.hpp"
#include "jireloc/mount_view.hpp"

namespace jireloc {
namespace {

FileStatus::Type type_of(mode_t mode) noexcept {
  if (S_ISREG(mode)) return FileStatus::Type::regular;
  if (S_ISDIR(mode)) return FileStatus::Type::directory;
  return FileStatus::Type::other;
}

// No file has such a path.
bool means_absent(int problem) noexcept {
  return problem == ENOENT || problem == ENOTDIR || problem == ENAMETOOLONG;
}

// What lies in an overlay's upper folder may say that nothing is there.
bool is_deleted(const std::string& path, const struct stat& info) {
  return is_whiteout(reading_file_system(), AT_FDCWD, path, info);
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
  if (is_deleted(actual_path, st)) return status;
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
  return MountView({}).actual(absolute_path);
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

const FileView& plain_file_view() noexcept {
  static const FileView view;
  return view;
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
