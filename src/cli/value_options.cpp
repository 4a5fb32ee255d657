#include "cli/value_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/places.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {
namespace {

std::string below_root(const std::string& given, const char* option) {
  std::string path = paths::trimmed(expand_home(given));
  if (!path.starts_with('/') || path == "/")
    usage_error(fmt::format("{}: not an absolute path below the root: {}", option, given));
  return path;
}

std::string absolute(const std::string& given, const char* option) {
  std::string path = expand_home(given);
  if (!path.starts_with('/')) usage_error(fmt::format("{}: not an absolute path: {}", option, path));
  return path;
}

bool has_automatic_alias(const CommandLine& line) {
  const auto aliases = payload_alias_option.all(line);
  return std::find(aliases.begin(), aliases.end(), "auto") != aliases.end();
}

}  // namespace

PathMapping parse_map(const std::string& text) {
  PathMapping mapping = PathMap::parse(text);
  mapping.from = expand_home(mapping.from);
  mapping.to = expand_home(mapping.to);
  const bool drive = mapping.to.size() >= 2 && mapping.to[1] == ':';
  if (!mapping.to.starts_with('/') && !mapping.to.starts_with("@depot") && !drive &&
      !mapping.to.starts_with("\\\\"))
    usage_error("--map: NEW is to be written into images, so it must be an absolute path: \"" + mapping.to +
                "\"");
  return mapping;
}

PathMapping parse_moved_path(const std::string& text) {
  const PathMapping given = PathMap::parse(text);
  return {below_root(given.from, "--moved-path"), below_root(given.to, "--moved-path")};
}

std::string parse_keep_path(const std::string& text) {
  return below_root(text, "--keep-path");
}

std::string parse_payload_alias(const std::string& text) {
  return text == "auto" ? text : absolute(text, "--payload-alias");
}

std::string parse_alias_folder(const std::string& text) {
  return paths::trimmed(absolute(text, "--alias-dir"));
}

bool wants_alias_made(const CommandLine& line) {
  return has_automatic_alias(line) || longer_option.get(line, Longer::automatic) == Longer::alias;
}

std::string read_alias_folder(const CommandLine& line) {
  std::string folder = alias_folder_option.get(line, "");
  if (!folder.empty() && !wants_alias_made(line)) usage_error("--alias-dir goes with --payload-alias=auto");
  return folder;
}

void read_places(const CommandLine& line, PathMap& map, std::vector<std::string>& keep_paths,
                 std::vector<PathMapping>& moved_paths) {
  for (const std::string& path : keep_path_option.all(line)) {
    keep_paths.push_back(path);
    map.add({path, path});
  }
  for (const PathMapping& moved : moved_path_option.all(line)) {
    moved_paths.push_back(moved);
    map.add(moved);
  }
}

}  // namespace jireloc::cli
