#include "bytes/overlay.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <cstring>

#include "bytes/file_io.hpp"

namespace jireloc {
namespace {

constexpr const char* kPrefixes[] = {"trusted.overlay.", "user.overlay."};

bool has(FileSystem& system, int fd, const char* name) {
  for (const char* prefix : kPrefixes) {
    const std::string full = std::string(prefix) + name;
    if (retried([&] { return system.get_attribute(fd, full.c_str(), nullptr, 0); }) >= 0) return true;
  }
  return false;
}

bool is_opaque(FileSystem& system, int fd) {
  for (const char* prefix : kPrefixes) {
    const std::string full = std::string(prefix) + "opaque";
    char value = 0;  // "x": it only may hold whiteouts that are files
    if (retried([&] { return system.get_attribute(fd, full.c_str(), &value, 1); }) == 1 && value == 'y')
      return true;
  }
  return false;
}

}  // namespace

bool is_whiteout_device(const struct stat& info) noexcept {
  return S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0);
}

bool is_whiteout(FileSystem& system, int folder, const std::string& name, const struct stat& info) {
  if (is_whiteout_device(info)) return true;
  if (!S_ISREG(info.st_mode) || info.st_size != 0) return false;
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const int fd = retried([&] { return system.open(folder, name.c_str(), kFlags); });
  if (fd < 0) return false;
  const Descriptor file(system, fd);
  return has(system, fd, "whiteout");
}

OverlayMarks overlay_marks(FileSystem& system, int fd) {
  OverlayMarks marks;
  marks.metacopy = has(system, fd, "metacopy");
  marks.redirect = has(system, fd, "redirect");
  marks.merged = has(system, fd, "origin") && !is_opaque(system, fd);
  return marks;
}

}  // namespace jireloc
