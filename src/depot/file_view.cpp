#include "jireloc/file_view.hpp"

#include <fmt/format.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string_view>

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

// The target of a symbolic link, or nothing if `path` is none.
std::optional<std::string> link_target(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
  if (size <= 0) return std::nullopt;
  return std::string(target, static_cast<size_t>(size));
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
  struct stat st;
  if (::stat(actual_path.c_str(), &st) != 0) return status;
  status.type = type_of(st.st_mode);
  status.device = st.st_dev;
  status.inode = st.st_ino;
  status.size = static_cast<uint64_t>(st.st_size);
  status.mtime = julia_mtime(st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
  return status;
}

RootView::RootView(std::string root) : root_(std::move(root)) {
  while (root_.ends_with('/')) root_.pop_back();
}

std::string RootView::actual(const std::string& path) const {
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
    const auto target = link_target(fmt::format("{}{}/{}", root_, inside, part));
    if (!target || ++links > max_links) {
      inside.append(1, '/').append(part);
      continue;
    }
    if (target->starts_with('/')) inside.clear();
    push_components_front(pending, *target);
  }
  return root_ + (inside.empty() ? "/" : inside);
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
