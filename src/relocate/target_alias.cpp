// The short link that leads to the target, for payloads in which its own path has no room.
#include <fmt/format.h>

#include <algorithm>

#include "jireloc/alias.hpp"
#include "relocate/run.hpp"

namespace jireloc::relocating {
namespace {

// The room of the shortest old path that the target's does not fit into; nothing where it fits everywhere.
std::optional<uint64_t> least_room(const RelocateOptions& options) {
  std::optional<uint64_t> least;
  const auto look_at = [&](const std::string& from, const std::string& to) {
    if (to == options.to && to.size() > from.size())
      least = std::min(least.value_or(from.size()), from.size());
  };
  look_at(options.from, options.to);
  for (const PathMapping& mapping : options.map.mappings()) look_at(mapping.from, mapping.to);
  return least;
}

DepotItem item_for(const Judging& judging, const std::string& alias, DepotItemStatus status) {
  DepotItem item;
  item.kind = DepotItemKind::alias;
  item.path = place_of_link(alias, judging.places.view());
  if (item.path != alias) item.seen = alias;
  item.target = judging.places.to_here();
  item.status = status;
  return item;
}

void report_problem(const Judging& judging, const RecordedAlias& alias) {
  DepotItem item = item_for(
      judging, alias.path.empty() ? fmt::format("{}/{}", judging.places.to_seen(), kAliasRecord) : alias.path,
      DepotItemStatus::dropped);
  item.reasons.push_back({Code::alias_broken, alias.problem});
  judging.sink(item);
}

// What could not be looked at says nothing.
void report_unknown(const Judging& judging, const Error& error) {
  DepotItem item = item_for(judging, fmt::format("{}/{}", judging.places.to_seen(), kAliasRecord),
                            DepotItemStatus::failed);
  item.reasons.push_back(error.retold(error.message()));
  judging.sink(item);
}

std::optional<RecordedAlias> look_up(const Judging& judging) {
  try {
    return recorded_alias(judging.places.to_seen(), judging.places.view(), judging.system);
  } catch (const Error& error) {
    report_unknown(judging, error);
    return std::nullopt;
  }
}

// An alias that is recorded is used again by every run, asked for or not.
bool take_recorded(Run& run, uint64_t most_bytes) {
  const auto recorded = look_up(run);
  if (!recorded) return false;
  if (!recorded->problem.empty()) {
    report_problem(run, *recorded);
    return false;
  }
  if (recorded->path.size() > most_bytes) return false;
  run.aliases.push_back({run.options.to, recorded->path});
  run.sink(item_for(run, recorded->path, DepotItemStatus::already_there));
  return true;
}

// What no mount covers lies where its name says, yet a link that is made here is seldom one that Julia sees.
void require_covered(const Run& run) {
  const std::vector<Mount>& mounts = run.options.mounts;
  if (mounts.empty() || (!run.options.alias_folder.empty() &&
                         MountView(mounts).here(run.options.alias_folder) != run.options.alias_folder))
    return;
  throw Error(ErrorKind::usage, "an alias is wanted beside mounts: name a folder for it that a mount covers",
              {}, {}, fix::Choose{Setting::alias_folder});
}

}  // namespace

void settle_alias(Run& run) {
  const RelocateOptions& options = run.options;
  const auto room = least_room(options);
  const bool asked_for =
      options.make_alias || options.longer == Longer::automatic || options.longer == Longer::alias;
  if (!room || !run.aliases.empty() || !asked_for) return;
  if (take_recorded(run, *room) || !options.make_alias) return;
  require_covered(run);
  AliasWish wish;
  wish.depot = options.to;
  wish.most_bytes = *room;
  wish.folder = options.alias_folder;
  wish.dry_run = !run.writes();
  wish.must_be_recorded = true;
  wish.durability = options.durability;
  const ChosenAlias chosen = choose_alias(wish, run.places.view(), run.system);
  run.aliases.push_back({options.to, chosen.path});
  DepotItem item =
      item_for(run, chosen.path,
               chosen.made || wish.dry_run ? DepotItemStatus::merged : DepotItemStatus::already_there);
  if (chosen.made)
    item.warnings.push_back(
        {Code::alias_made,
         fmt::format("made: a link to {} that images there will rest on; keep it", options.to)});
  run.sink(item);
}

void judge_alias(const Judging& judging) {
  const auto recorded = look_up(judging);
  if (!recorded) return;
  if (!recorded->problem.empty()) return report_problem(judging, *recorded);
  judging.sink(item_for(judging, recorded->path, DepotItemStatus::kept));
}

}  // namespace jireloc::relocating
