#include "cli/rewrite_options.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>

#include "cli/places.hpp"
#include "jireloc/alias.hpp"
#include "jireloc/mount_view.hpp"

namespace jireloc::cli {
namespace {

PathMap read_maps(const CommandLine& line, const FileView& view) {
  PathMap map;
  for (PathMapping& mapping : map_option.all(line)) {
    if (line.has("resolve"))
      if (const auto real = paths::real_path(view.actual(mapping.from)); real && *real != mapping.from)
        map.add({seen_path(line.common, *real), mapping.to});
    map.add(std::move(mapping));
  }
  if (line.has("map-from-env")) {
    const char* text = std::getenv("BUILD_PATH_PREFIX_MAP");
    if (text == nullptr) throw Error(ErrorKind::usage, "--map-from-env: BUILD_PATH_PREFIX_MAP is not set");
    map.add_fallback(PathMap::parse_build_path_prefix_map(text));
  }
  return map;
}

void make_alias(const std::string& alias, const std::string& target, const FileView& view) {
  const std::string actual = view.actual(alias);
  if (::symlink(target.c_str(), actual.c_str()) == 0) return;
  if (errno != EEXIST) throw Error::system(errno, "symlink", actual);
  // Something is there: it serves if it leads to the same place, and is never replaced.
  if (!file_status(actual).same_file(view.status(target)))
    throw Error(ErrorKind::conflict, "--make-alias: something else is there; it is not replaced", actual);
}

// By NEW: the room of the shortest OLD that it is longer than.
std::map<std::string, uint64_t> short_rooms(const CommandLine& line, const PathMap& map) {
  std::map<std::string, uint64_t> rooms;
  for (const PathMapping& mapping : map.mappings()) {
    if (mapping.from.empty() || mapping.from.starts_with('@') || mapping.to.size() <= mapping.from.size())
      continue;
    const auto room = rooms.emplace(mapping.to, mapping.from.size()).first;
    room->second = std::min<uint64_t>(room->second, mapping.from.size());
  }
  // What --to is for is only known from each image.
  if (const std::string to = line.get("to"); to.size() > 1) rooms.emplace(to, to.size() - 1);
  return rooms;
}

// --payload-alias=auto: an alias for each NEW that is longer than its OLD; else those that the NEWs record.
void add_depot_aliases(const CommandLine& line, const PathMap& map, const FileView& view, bool make,
                       std::vector<PathMapping>& aliases) {
  for (const auto& [depot, room] : short_rooms(line, map)) {
    if (!make) {
      const auto known = recorded_alias(depot, view);
      if (known && known->problem.empty() && known->path.size() <= room)
        aliases.push_back({depot, known->path});
      continue;
    }
    AliasWish wish;
    wish.depot = depot;
    wish.most_bytes = room;
    wish.folder = read_alias_folder(line);
    wish.dry_run = line.common.dry_run;
    aliases.push_back({depot, choose_alias(wish, view).path});
  }
}

// The places that an alias can stand for are those it resolves to.
std::vector<PathMapping> read_aliases(const CommandLine& line, const PathMap& map, const FileView& view) {
  std::vector<PathMapping> aliases;
  const Longer longer = longer_option.get(line, Longer::automatic);
  const std::vector<std::string> given = payload_alias_option.all(line);
  if (given.empty()) {
    if (longer == Longer::automatic || longer == Longer::alias)
      add_depot_aliases(line, map, view, longer == Longer::alias, aliases);
    return aliases;
  }
  std::vector<PathMapping> candidates = map.mappings();
  if (const std::string to = line.get("to"); !to.empty()) candidates.push_back({"", to});
  std::multimap<std::pair<uint64_t, uint64_t>, const std::string*> targets;
  for (const PathMapping& mapping : candidates)
    if (const FileStatus status = view.status(mapping.to); status.exists())
      targets.emplace(std::pair(status.device, status.inode), &mapping.to);
  for (const std::string& alias : given) {
    if (alias == "auto") {
      add_depot_aliases(line, map, view, true, aliases);
      continue;
    }
    if (line.has("make-alias") && !line.common.dry_run) {
      if (candidates.size() != 1)
        throw Error(ErrorKind::usage,
                    "--make-alias: with several maps it is not clear what the link should lead to");
      make_alias(alias, candidates[0].to, view);
    }
    if (line.has("make-alias") && line.common.dry_run) {
      for (const PathMapping& mapping : candidates) aliases.push_back({mapping.to, alias});
      continue;
    }
    const FileStatus status = view.status(alias);
    const auto [begin, end] = targets.equal_range({status.device, status.inode});
    if (begin == end)
      throw Error(ErrorKind::usage,
                  fmt::format("--payload-alias: {} does not lead to the NEW of any map (--make-alias "
                              "creates it)",
                              alias));
    for (auto target = begin; target != end; ++target) aliases.push_back({*target->second, alias});
  }
  return aliases;
}

std::vector<std::string> split_depots(const std::string& text) {
  std::vector<std::string> depots;
  for (const std::string_view depot : paths::split(text, ':'))
    if (!depot.empty()) depots.push_back(expand_home(paths::trimmed(std::string(depot))));
  return depots;
}

}  // namespace

BatchOptions rewrite_options(const CommandLine& line, const FileView& view) {
  BatchOptions options;
  RewriteOptions& rewrite = options.rewrite;
  rewrite.map = read_maps(line, view);
  rewrite.infer_to = paths::trimmed(line.get("to"));
  rewrite.mtime = line.get("mtime") == "files" ? MtimePolicy::files : MtimePolicy::keep;
  if (rewrite.map.empty() && rewrite.infer_to.empty() && rewrite.mtime == MtimePolicy::keep)
    throw Error(ErrorKind::usage, "nothing to do: give --map OLD=NEW, --to NEW or --mtime files");
  read_writing(line, rewrite);
  rewrite.aliases = read_aliases(line, rewrite.map, view);
  read_places(line, rewrite.map, rewrite.keep_paths, rewrite.moved_paths);
  rewrite.depot_relative = line.has("depot-relative");
  if (line.common.depot) rewrite.depots = split_depots(*line.common.depot);
  rewrite.force_unproven = line.has("force-unproven");
  options.output_folder = line.get("output-dir");
  options.dry_run = line.common.dry_run;
  options.break_links = line.has("break-links");
  options.link_libraries = line.has("link");
  options.durability = durability_option.get(line, Durability::batch);
  options.in_order = may_grow(rewrite);
  return options;
}

bool in_shard(const ByteSource& source, const Shard& shard) {
  if (shard.count <= 1) return true;
  try {
    const CacheFile file = read_cache_file(source, {.depth = ReadDepth::header});
    return file.worklist.empty() ? shard.number == 1 : shard.has(file.worklist[0].uuid);
  } catch (const Error&) {
    return shard.number == 1;
  }
}

}  // namespace jireloc::cli
