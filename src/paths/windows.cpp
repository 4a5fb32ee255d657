#include "jireloc/paths.hpp"

namespace jireloc::paths {
namespace {

bool has_drive(std::string_view path) noexcept {
  if (path.size() < 3 || path[1] != ':' || !is_separator(path[2], true)) return false;
  const char letter = static_cast<char>(path[0] | 0x20);
  return letter >= 'a' && letter <= 'z';
}

}  // namespace

bool is_windows_path(std::string_view path) noexcept {
  return has_drive(path) || path.starts_with("\\\\");
}

std::string_view separators(std::string_view path) noexcept {
  return is_windows_path(path) ? "/\\" : "/";
}

bool is_windows_system(std::string_view uname) noexcept {
  return uname == "Windows" || uname == "NT" || uname.starts_with("MINGW") || uname.starts_with("MSYS_NT") ||
         uname.starts_with("CYGWIN_NT");
}

}  // namespace jireloc::paths
