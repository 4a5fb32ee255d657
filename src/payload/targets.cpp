#include "payload/targets.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "jireloc/error.hpp"

namespace jireloc::payload {

Targets targets_of(std::span<const PayloadMap> maps) {
  Targets targets;
  for (const PayloadMap& map : maps) {
    const std::string old_path = normalise(map.old_path, "the old path");
    Target target;
    // What lay below an old root may lie below the root: its path in front is then nothing but separators.
    if (collapse_separators(map.new_path) != "/") target.new_path = normalise(map.new_path, "the new path");
    target.by_alias = !map.alias.empty();
    target.written = target.by_alias ? normalise(map.alias, "the alias") : target.new_path;
    const auto [place, inserted] = targets.emplace(old_path, target);
    if (!inserted && place->second.written != target.written)
      throw Error(ErrorKind::usage, fmt::format("\"{}\" is mapped to both \"{}\" and \"{}\"", old_path,
                                                place->second.written, target.written));
  }
  return targets;
}

std::vector<PathPattern> patterns_of(const Targets& targets) {
  std::vector<PathPattern> patterns;
  for (const auto& [old_path, target] : targets) patterns.emplace_back(old_path);
  return patterns;
}

void note_room(Rooms& rooms, const Occurrence& occurrence, uint64_t room) {
  const auto [place, inserted] = rooms.emplace(occurrence.path, room);
  place->second = std::min(place->second, room);
}

Reason too_long(const Rooms& rooms, const Targets& targets) {
  const auto& [old_path, room] = *rooms.begin();
  const Target& target = targets.at(old_path);
  return {
      Code::too_long,
      fmt::format(
          "{} \"{}\" has {} bytes, but the payload has room for {} in place of \"{}\": name an alias of at "
          "most {} bytes that is a symbolic link to \"{}\", or compile in a depot path of at least {} bytes",
          target.by_alias ? "the alias" : "the new path", target.written, target.written.size(), room,
          old_path, room, target.new_path, target.new_path.size()),
      {},
      fix::Choose{Setting::alias}};
}

std::string alias_advice(const Rooms& growing, const Targets& targets) {
  if (growing.empty()) return {};
  const auto& [old_path, room] = *growing.begin();
  return fmt::format("; with an alias nothing has to grow: a symbolic link of at most {} bytes to \"{}\"",
                     room, targets.at(old_path).new_path);
}

}  // namespace jireloc::payload
