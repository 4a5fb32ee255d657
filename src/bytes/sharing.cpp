#include "bytes/sharing.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>

#include "bytes/file_io.hpp"

namespace jireloc {
namespace {

// Labels are on every file where a system uses them, and grant nothing by themselves.
bool is_harmless(std::string_view name) {
  return name == "security.selinux" || name.starts_with("security.SMACK64");
}

bool has_harmless_attributes_only(FileSystem& system, int fd) {
  std::string names(size_t{64} << 10, '\0');  // XATTR_LIST_MAX
  const ssize_t size = retried([&] { return system.list_attributes(fd, names.data(), names.size()); });
  if (size == -EOPNOTSUPP || size == -ENOSYS) return true;
  if (size < 0) return false;
  std::string_view rest(names.data(), static_cast<size_t>(size));
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find('\0'));
    if (!is_harmless(name)) return false;
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
  }
  return true;
}

}  // namespace

bool may_be_shared(FileSystem& system, int fd, const struct stat& info, uid_t owner) {
  constexpr mode_t kForbidden = S_IWGRP | S_IWOTH | S_ISUID | S_ISGID | S_ISVTX;
  if (!S_ISREG(info.st_mode) || (info.st_mode & kForbidden) != 0 || info.st_nlink != 1) return false;
  if (info.st_uid != owner && info.st_uid != 0) return false;
  return has_harmless_attributes_only(system, fd);
}

}  // namespace jireloc
