#include "payload/path_pattern.hpp"

#include <fmt/format.h>

#include "jireloc/error.hpp"

namespace jireloc::payload {
namespace {

bool is_share(std::string_view path) {
  return path.starts_with("\\\\");
}

}  // namespace

std::string collapse_separators(std::string_view path) {
  const bool windows = is_windows_path(path);
  const auto separates = [&](char byte) { return paths::is_separator(byte, windows); };
  // The two separators at the head of a share mean something.
  const size_t verbatim = is_share(path) ? 2 : 0;
  std::string result;
  result.reserve(path.size());
  result = path.substr(0, verbatim);
  for (const char byte : path.substr(verbatim)) {
    if (separates(byte) && !result.empty() && separates(result.back())) continue;
    result += byte;
  }
  return result;
}

std::string normalise(std::string_view path, std::string_view what) {
  if (path.find('\0') != std::string_view::npos)
    throw Error(ErrorKind::usage, fmt::format("{} holds a NUL byte", what));
  if (!path.starts_with('/') && !is_windows_path(path))
    throw Error(ErrorKind::usage, fmt::format("{} \"{}\" is not absolute", what, path));
  const bool windows = is_windows_path(path);
  std::string result = collapse_separators(path);
  while (!result.empty() && paths::is_separator(result.back(), windows)) result.pop_back();
  if (result.empty() || (windows && result.size() == 2))
    throw Error(ErrorKind::usage,
                fmt::format("{} \"{}\" is a root directory; name one below it", what, path));
  return result;
}

PathPattern::PathPattern(std::string path)
    : path_(std::move(path)),
      windows_(is_windows_path(path_)),
      begins_with_separator_(is_separator(path_[0])) {
  std::string component;
  for (const char byte : path_ + '/') {
    if (!is_separator(byte)) {
      component += byte;
    } else if (!component.empty()) {
      components_.push_back(std::move(component));
      component.clear();
    }
  }
}

std::optional<size_t> PathPattern::begin_of_match(std::string_view bytes, size_t at) const {
  for (size_t k = components_.size() - 1;; --k) {
    if (k == 0 && !begins_with_separator_) return at;
    size_t before = at;
    while (before > 0 && is_separator(bytes[before - 1])) --before;
    if (before == at) return std::nullopt;
    if (k == 0) {
      // One separator belongs to the path. All do where there is but one component, since spare ones stand
      // there; what precedes them is then looked at.
      return components_.size() == 1 ? before : at - 1;
    }
    const std::string& component = components_[k - 1];
    if (before < component.size() || bytes.substr(before - component.size(), component.size()) != component)
      return std::nullopt;
    at = before - component.size();
  }
}

std::optional<std::string> spell(std::string_view path, size_t size, bool inside, char separator) {
  if (path.size() + (inside ? 1 : 0) > size) return std::nullopt;
  const std::string spare(size - path.size(), separator);
  if (inside) return std::string(path) + spare;
  const size_t last = path.find_last_of(paths::separators(path)) + 1;
  return std::string(path.substr(0, last)) + spare + std::string(path.substr(last));
}

}  // namespace jireloc::payload
