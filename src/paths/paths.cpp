// Paths of POSIX. boost::filesystem::path splits them; its own lexically_normal() is not Julia's normpath
// ("/.." stays, a slash at the end becomes "."), and "//a" is a name of a network to it.
#include "jireloc/paths.hpp"

#include <algorithm>
#include <boost/filesystem/path.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>

namespace jireloc::paths {
namespace {

std::string_view without_leading_slashes(std::string_view path) noexcept {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  return path;
}

}  // namespace

std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!(path = without_leading_slashes(path)).empty()) {
    parts.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(parts.back().size());
  }
  return parts;
}

std::string_view name(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);
}

std::string_view folder(std::string_view path) noexcept {
  const size_t slash = path.rfind('/');
  return path.substr(0, slash == path.npos ? 0 : slash);
}

std::string parent(std::string_view path) {
  const std::string_view above = folder(path);
  if (!above.empty()) return std::string(above);
  return path.starts_with('/') ? "/" : ".";
}

std::string joined(std::string_view folder, std::string_view below) {
  std::string path(folder);
  if (!path.ends_with('/')) path += '/';
  return path.append(below);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (size_t end = 0; (end = text.find(separator)) != std::string_view::npos; text.remove_prefix(end + 1))
    pieces.push_back(text.substr(0, end));
  pieces.push_back(text);
  return pieces;
}

std::string trimmed(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::string normal(std::string_view path) {
  const bool absolute = path.starts_with('/');
  boost::filesystem::path result(absolute ? "/" : "");
  for (const boost::filesystem::path& part :
       boost::filesystem::path(std::string(without_leading_slashes(path)))) {
    const bool climbs = part == "..";
    if (part.empty() || part == ".") continue;
    if (!climbs || (!absolute && (result.empty() || result.filename() == "..")))
      result /= part;
    else if (result != "/")
      result.remove_filename();
    if (climbs && absolute && result.empty()) result = "/";
  }
  return trimmed(result.string());
}

std::string absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  // Not boost's current_path(): what is linked in with it asks for the system's version at each start.
  std::error_code failed;
  const std::string folder = std::filesystem::current_path(failed).string();
  if (failed) return path;
  std::string_view rest = path;
  while (rest.starts_with("./")) rest = without_leading_slashes(rest.substr(2));
  return rest.empty() || rest == "." ? folder : joined(folder, rest);
}

std::string expand_home(std::string_view path, std::string_view home) {
  if (path != "~" && !path.starts_with("~/")) return std::string(path);
  return std::string(home).append(path.substr(1));
}

std::optional<std::string> real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? std::optional<std::string>(real.get()) : std::nullopt;
}

}  // namespace jireloc::paths
