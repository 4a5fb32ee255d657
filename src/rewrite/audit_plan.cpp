#include "rewrite/audit_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace jireloc::rewriting {
namespace {

AuditRules rules_of(const RewriteOptions& options, const FileView& view, const PathMap& map) {
  AuditRules rules;
  for (const PathMapping& mapping : map.mappings()) {
    const bool is_told = std::find(options.moved_paths.begin(), options.moved_paths.end(), mapping) !=
                         options.moved_paths.end();
    if (!mapping.from.starts_with('@')) (is_told ? rules.moved : rules.moves).push_back(mapping);
  }
  rules.stays = options.keep_paths;
  rules.before = &view;
  rules.after = options.after_view != nullptr ? options.after_view : &view;
  rules.makes_target = options.makes_target;
  rules.most_listed = 16;
  return rules;
}

// Later maps than the user's own.
void add(PathMap& map, const PathMapping& mapping) {
  const auto known = map.mappings();
  const bool is_known = std::any_of(known.begin(), known.end(),
                                    [&](const PathMapping& other) { return other.from == mapping.from; });
  if (!is_known) map.add(mapping);
}

bool refuse(const RewriteOptions& options, RewritePlan& plan, Reason reason) {
  const bool leaves = options.payload == PayloadMode::automatic;
  plan.status = leaves ? RewriteStatus::skipped : RewriteStatus::failed;
  plan.payload_action = leaves ? PayloadAction::leave : PayloadAction::fail;
  plan.reasons.push_back(std::move(reason));
  return false;
}

std::string and_others(uint64_t count) {
  return count > 1 ? fmt::format(" ({} such paths)", count) : std::string();
}

bool judge(const RewriteOptions& options, const PayloadAudit& audit, RewritePlan& plan) {
  if (const uint64_t count = audit.count(PathOutcome::would_break); count != 0) {
    const AuditedPath& path = audit.example(PathOutcome::would_break);
    return refuse(options, plan,
                  {Code::constant_would_break,
                   fmt::format("its code names \"{}\", which is there and would not be at \"{}\"{}: the code "
                               "would no longer find it",
                               path.path, path.new_path, and_others(count)),
                   {},
                   fix::Choose{Setting::stays_or_moved}});
  }
  if (const uint64_t count = audit.count(PathOutcome::unknown); count != 0) {
    const AuditedPath& path = audit.example(PathOutcome::unknown);
    plan.status = RewriteStatus::failed;
    plan.payload_action = PayloadAction::fail;
    plan.reasons.push_back(
        {Code::constant_unknown,
         fmt::format(
             "its code names \"{}\", and whether that is there, or will be at \"{}\", cannot be told{}",
             path.path, path.new_path, and_others(count))});
    return false;
  }
  const bool may_grow = options.longer != Longer::leave && options.longer != Longer::alias;
  if (audit.below_root != 0 && (!may_grow || audit.below_root_maps.empty()))
    return refuse(options, plan, {Code::too_long, no_room_below_root(audit)});
  return true;
}

}  // namespace

std::string no_room_below_root(const PayloadAudit& audit) {
  const bool is_one = audit.below_root == 1;
  return fmt::format(
      "its code names {} path{} that {} there below the new root, where {} longer: the payload has no room",
      audit.below_root, is_one ? "" : "s", is_one ? "is" : "are", is_one ? "it is" : "they are");
}

bool audit_paths(const PayloadInput& input, const RewriteOptions& options, const FileView& view, PathMap& map,
                 RewritePlan& plan) {
  if (options.payload == PayloadMode::header_only || map.empty()) return true;
  PresenceCache own;
  PresenceCache& presences = options.presences != nullptr ? *options.presences : own;
  plan.audit = audit_payload(input, rules_of(options, view, map), presences);
  for (const PathMapping& former : plan.audit.former) add(map, former);
  for (const std::string& place : plan.audit.stays) add(map, {place, place});
  // A payload has no text to look for that is the root's: each path that moves with it is looked for itself.
  for (const PathMapping& path : plan.audit.below_root_maps) add(map, path);
  return judge(options, plan.audit, plan);
}

void note_what_is_not_there_yet(RewritePlan& plan) {
  const uint64_t count = plan.audit.not_there_yet;
  if (count == 0) return;
  plan.reasons.push_back({Code::constant_not_there_yet,
                          fmt::format("{} of the paths that its code names {} there, and nothing is at the "
                                      "new place yet: whether the code will find {} cannot be told",
                                      count, count == 1 ? "is" : "are", count == 1 ? "it" : "them")});
}

}  // namespace jireloc::rewriting
