// Small texts: versions, UUIDs, depot paths, package folders.
#include "fuzz/targets.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/error.hpp"
#include "jireloc/layout.hpp"
#include "jireloc/path_map.hpp"
#include "jireloc/uuid.hpp"

namespace jireloc::fuzz {
namespace {

void check_versions(std::string_view data) {
  const std::string_view first = data.substr(0, data.find('\n'));
  const std::string_view second = data.substr(std::min(data.size(), first.size() + 1));
  try {
    const JuliaVersion a = JuliaVersion::parse(first), b = JuliaVersion::parse(second);
    require((a < b) + (b < a) + (a == b) == 1, "two versions are in one order");
    expand_depot_path(std::string(second), a, {.home = "/home/u", .bindir = "/opt/julia/bin"});
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::bad_value, "a text that is no version is a bad value");
  }
}

// "OLD=NEW", a line end, and a path.
void check_map(std::string_view data) {
  const std::string_view first = data.substr(0, data.find('\n'));
  const std::string_view path = data.substr(std::min(data.size(), first.size() + 1));
  try {
    PathMap map;
    map.add_fallback(PathMap::parse_build_path_prefix_map(path));
    map.add(PathMap::parse(first));
    const auto match = map.apply(path);
    if (match) require(is_path_prefix(match->mapping->from, path), "what is mapped has a prefix that is");
    if (match)
      require(is_path_prefix(match->mapping->to, match->path), "what was mapped lies at the new place");
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::usage, "a map that is none is a wrong argument");
  }
}

}  // namespace

void names(std::string_view data) {
  check_versions(data);
  check_map(data);
  if (const auto uuid = Uuid::parse(data))
    require(Uuid::parse(uuid->text()) == uuid, "a UUID's text is read");
  if (const auto hash = parse_sha1(data))
    require(parse_sha1(sha1_text(*hash)) == hash, "a hash's text is read");
  if (const auto folder = package_folder_of(data)) {
    require(data.starts_with(folder->folder), "a package folder is a folder above the path");
    require(folder->folder.ends_with(folder->name + "/" + folder->slug), "it ends in its name and slug");
  }
  restore_depot_path(data, "/depot");
}

}  // namespace jireloc::fuzz
