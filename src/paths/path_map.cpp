#include "jireloc/path_map.hpp"

#include <algorithm>
#include <iterator>

#include "jireloc/error.hpp"
#include "jireloc/paths.hpp"

namespace jireloc {
namespace {

using paths::is_separator;
using paths::is_windows_path;

std::string without_trailing_separators(std::string path) {
  const bool windows = is_windows_path(path);
  while (!path.empty() && is_separator(path.back(), windows)) path.pop_back();
  return path;
}

// Repeated slashes and "." components are spellings of nothing: "/a//b/./c" is "/a/b/c". Windows' paths,
// whose beginning may be two separators, stay as they are.
std::string without_empty_components(const std::string& path) {
  if (is_windows_path(path)) return path;
  std::string out;
  bool is_first = !path.starts_with('/');  // of a relative path, or "@depot"
  for (const std::string_view part : paths::components(path)) {
    if (is_first || part != ".") out.append(is_first ? 0 : 1, '/').append(part);
    is_first = false;
  }
  return out;
}

std::string normalized(std::string path) {
  return without_trailing_separators(without_empty_components(path));
}

PathMapping normalized(PathMapping mapping) {
  return {normalized(std::move(mapping.from)), normalized(std::move(mapping.to))};
}

// Where NEW lies inside of OLD a path below NEW has been mapped already: a second run, or one that completes
// a killed one, must not map it again.
bool is_mapped_already(const PathMapping& mapping, std::string_view path) {
  return mapping.to.size() > mapping.from.size() && is_path_prefix(mapping.from, mapping.to) &&
         is_path_prefix(mapping.to, path);
}

std::string decode_prefix_map_path(std::string_view text) {
  std::string path;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      path += text[i];
      continue;
    }
    const char escape = i + 1 < text.size() ? text[++i] : '\0';
    if (escape == '#')
      path += '%';
    else if (escape == '+')
      path += '=';
    else if (escape == '.')
      path += ':';
    else
      throw Error(ErrorKind::usage, "BUILD_PATH_PREFIX_MAP: '%' must be followed by '#', '+' or '.'");
  }
  return path;
}

}  // namespace

bool is_path_prefix(std::string_view prefix, std::string_view path) noexcept {
  if (!path.starts_with(prefix)) return false;
  // The root of other systems is above no share of Windows ("\\server").
  const bool is_windows = !prefix.empty() && is_windows_path(path);
  return path.size() == prefix.size() || is_separator(path[prefix.size()], is_windows);
}

PathMapping PathMap::parse(std::string_view text) {
  PathMapping mapping;
  std::string* side = &mapping.from;
  bool split = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '=') {
      *side += text[++i];
    } else if (text[i] == '=' && !split) {
      split = true;
      side = &mapping.to;
    } else {
      *side += text[i];
    }
  }
  if (!split) throw Error(ErrorKind::usage, "a map is OLD=NEW: \"" + std::string(text) + "\"");
  if (mapping.from.empty())
    throw Error(ErrorKind::usage, "a map's OLD is empty: \"" + std::string(text) + "\"");
  if (mapping.to.empty())
    throw Error(ErrorKind::usage, "a map's NEW is empty: \"" + std::string(text) + "\"");
  return mapping;
}

std::vector<PathMapping> PathMap::parse_build_path_prefix_map(std::string_view text) {
  std::vector<PathMapping> mappings;
  for (const std::string_view item : paths::split(text, ':')) {
    if (item.empty()) continue;
    const size_t equals = item.find('=');
    if (equals == std::string_view::npos || item.find('=', equals + 1) != std::string_view::npos)
      throw Error(ErrorKind::usage,
                  "BUILD_PATH_PREFIX_MAP: an item must be NEW=OLD: \"" + std::string(item) + "\"");
    mappings.push_back(
        {decode_prefix_map_path(item.substr(equals + 1)), decode_prefix_map_path(item.substr(0, equals))});
  }
  return mappings;
}

void PathMap::add(PathMapping mapping) {
  mapping = normalized(std::move(mapping));
  if (const auto known = mappings_.find(mapping.from); known != mappings_.end()) {
    if (known->to == mapping.to) return;
    throw Error(ErrorKind::usage, "\"" + known->from + "\" is mapped twice, to \"" + known->to +
                                      "\" and to \"" + mapping.to + "\"");
  }
  mappings_.insert(std::move(mapping));
}

void PathMap::add_fallback(std::vector<PathMapping> mappings) {
  for (PathMapping& mapping : mappings) mapping = normalized(std::move(mapping));
  fallbacks_.insert(fallbacks_.begin(), std::move_iterator(mappings.rbegin()),
                    std::move_iterator(mappings.rend()));
}

// Looked up by the path and each folder above it: there may be as many maps as paths.
const PathMapping* PathMap::longest_above(std::string_view path) const {
  if (mappings_.empty()) return nullptr;
  const size_t longest = mappings_.begin()->from.size(), shortest = mappings_.rbegin()->from.size();
  for (size_t end = std::min(path.size(), longest) + 1; end-- > shortest;) {
    if (end < path.size() && !is_separator(path[end], true)) continue;
    const auto found = mappings_.find(path.substr(0, end));
    if (found != mappings_.end() && is_path_prefix(found->from, path)) return &*found;
  }
  return nullptr;
}

const PathMapping* PathMap::find(std::string_view path) const {
  if (const PathMapping* mapping = longest_above(path)) return mapping;
  const auto fallback = std::find_if(fallbacks_.begin(), fallbacks_.end(), [&](const PathMapping& other) {
    return is_path_prefix(other.from, path);
  });
  return fallback == fallbacks_.end() ? nullptr : &*fallback;
}

std::optional<PathMap::Match> PathMap::apply(std::string_view path) const {
  const PathMapping* mapping = find(path);
  if (mapping == nullptr || is_mapped_already(*mapping, path)) return {};
  std::string mapped = mapping->to + std::string(path.substr(mapping->from.size()));
  if (mapped.empty()) mapped = "/";
  return Match{mapping, std::move(mapped)};
}

std::vector<PathMapping> PathMap::mappings() const {
  std::vector<PathMapping> all(mappings_.begin(), mappings_.end());
  all.insert(all.end(), fallbacks_.begin(), fallbacks_.end());
  return all;
}

}  // namespace jireloc
