#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/names.hpp"
#include "jireloc/grown_set.hpp"
#include "jireloc/rewrite.hpp"
#include "rewrite/audit_plan.hpp"
#include "rewrite/header_plan.hpp"
#include "rewrite/packed.hpp"

namespace jireloc {
namespace {

RewritePlan& refuse(RewritePlan& plan, RewriteStatus status, Code code, std::string message, Fix fix = {}) {
  plan.status = status;
  plan.reasons.push_back({code, std::move(message), {}, std::move(fix)});
  return plan;
}

// Recomputing a checksum that did not hold before would bless corruption.
bool checksums_hold(const ImagePair& image, RewritePlan& plan) {
  if (!image.sums.file_crc_ok)
    refuse(
        plan, RewriteStatus::failed, Code::bad_file_checksum,
        fmt::format("its file checksum does not hold (recorded {:08x}, computed {:08x}): damaged, delete it",
                    image.file.file_crc, image.sums.file_crc));
  if (!image.sums.payload_crc_ok.value_or(true))
    refuse(plan, RewriteStatus::failed, Code::bad_payload_checksum,
           fmt::format(
               "its payload's checksum does not hold (recorded {:08x}, computed {:08x}): damaged, delete it",
               static_cast<uint32_t>(image.file.checksum), image.sums.payload_crc));
  if (image.library_crc && *image.library_crc != image.file.so_crc)
    refuse(plan, RewriteStatus::failed, Code::bad_library_checksum,
           fmt::format("its native library's checksum does not hold (recorded {:08x}, computed {:08x}): "
                       "changed since it was compiled, or of another image",
                       image.file.so_crc, *image.library_crc));
  return plan.reasons.empty();
}

// --to: where the image itself says in which depot it was compiled. Returns false where that is not one
// place.
bool infer_map(const PayloadInput& input, const RewriteOptions& options, PathMap& map, RewritePlan& plan) {
  const std::vector<std::string> old_paths = infer_old_paths(input);
  std::vector<std::string> unmapped;
  for (const std::string& path : old_paths)
    if (!map.apply(path) && path != options.infer_to) unmapped.push_back(path);
  if (unmapped.size() > 1) {
    refuse(plan, RewriteStatus::skipped, Code::ambiguous_depot,
           fmt::format("it was compiled below several places ({})", fmt::join(unmapped, ", ")),
           fix::Choose{Setting::map});
    return false;
  }
  if (!unmapped.empty()) map.add({unmapped[0], options.infer_to});
  return true;
}

std::vector<PayloadMap> payload_maps(const PathMap& map, const std::vector<PathMapping>& aliases) {
  std::vector<PayloadMap> maps;
  std::set<std::string_view> known;
  std::map<std::string_view, std::string_view> alias_of;  // the first one given
  for (const PathMapping& alias : aliases) alias_of.emplace(alias.from, alias.to);
  const std::vector<PathMapping> all = map.mappings();
  for (const PathMapping& mapping : all) {
    if (mapping.from.empty() || mapping.from.starts_with('@')) continue;  // no text to look for
    if (!known.insert(mapping.from).second) continue;                     // the first of equal prefixes wins
    PayloadMap& added =
        maps.emplace_back(PayloadMap{mapping.from, mapping.to.empty() ? "/" : mapping.to, {}});
    const auto alias = alias_of.find(mapping.to);
    if (alias != alias_of.end() && mapping.to.size() > mapping.from.size()) added.alias = alias->second;
  }
  return maps;
}

PayloadOptions payload_options(const RewriteOptions& options) {
  PayloadOptions result;
  result.keep_code = options.keep_code;
  result.spelling = options.spelling;
  result.grown = options.grown;
  if (options.payload == PayloadMode::header_only) return result;
  if (options.longer == Longer::automatic || options.longer == Longer::grow) result.growth = Growth::all;
  if (options.longer == Longer::names) result.growth = Growth::names;
  return result;
}

// Positions behind a payload whose length changes.
void place_grown(const PayloadGrowth& growth, const GrownSet* grown, CacheFile& after) {
  if (grown != nullptr)
    for (RequiredModule& module : after.required_modules)
      if (const GrownSet::Entry* entry = grown->find(module)) module.build_id_hi = entry->checksum;
  if (growth.checksum) after.checksum = *growth.checksum;
  if (growth.file == PayloadFile::image) after.payload.size = growth.payload_size;
  std::vector<std::string> names;
  for (const SourceText& text : after.source_texts) names.push_back(text.path);
  place(after, names);
}

// Returns false where the image must be left alone.
bool plan_payload_part(const PayloadInput& input, const RewriteOptions& options, const PathMap& map,
                       RewritePlan& plan) {
  const std::vector<PayloadMap> maps = payload_maps(map, options.aliases);
  if (maps.empty()) return true;
  plan.payload = plan_payload(input, maps, payload_options(options));
  if (plan.audit.below_root != 0 && plan.payload.obstacle && plan.payload.obstacle->code == Code::too_long)
    plan.payload.obstacle->message = rewriting::no_room_below_root(plan.audit);
  const PayloadDecision decision = decide(options.payload, plan.payload);
  plan.payload_action = decision.action;
  if (decision.action != PayloadAction::relocate) {
    plan.payload.image.clear();
    plan.payload.library.clear();
    plan.payload.packed_payload.clear();
    plan.payload.growth.reset();
  }
  if (!plan.payload.packed_payload.empty()) rewriting::place_packed(plan);
  if (plan.payload.growth) place_grown(*plan.payload.growth, options.grown, plan.after);
  if (decision.action == PayloadAction::leave || decision.action == PayloadAction::fail) {
    plan.status = decision.action == PayloadAction::leave ? RewriteStatus::skipped : RewriteStatus::failed;
    plan.reasons.push_back(*decision.reason);
    return false;
  }
  if (decision.reason) plan.warnings.push_back(*decision.reason);
  return true;
}

}  // namespace

std::string_view name(RewriteStatus status) noexcept {
  using enum RewriteStatus;
  constexpr Named<RewriteStatus> kNames[] = {
      {rewritten, "rewritten"}, {unchanged, "unchanged"}, {skipped, "skipped"}, {failed, "failed"}};
  return name_in(kNames, status);
}

RewritePlan plan_rewrite(const ImagePair& image, const RewriteOptions& options, const FileView& view,
                         ProofCache& proofs) {
  RewritePlan plan;
  plan.after = image.file;
  if (!checksums_hold(image, plan)) return plan;
  PathMap map = options.map;
  PayloadCache cache;
  const PayloadInput input{image.file, *image.ji, image.library.get(), image.sums.stored_payload_crc, &cache};
  if (!options.infer_to.empty() && !infer_map(input, options, map, plan)) return plan;
  if (!rewriting::plan_header(image, options, map, view, proofs, plan)) return plan;
  if (!rewriting::audit_paths(input, options, view, map, plan)) return plan;
  if (!plan_payload_part(input, options, map, plan)) return plan;
  rewriting::note_what_is_not_there_yet(plan);
  if (!plan.header_changes && !plan.payload.changes_anything()) return plan;
  if (image.file.layout->verified == Verified::structure && !options.experimental)
    return refuse(plan, RewriteStatus::skipped, Code::experimental,
                  fmt::format("layout {} was built from its specification and never tried on a real image",
                              image.file.layout->name),
                  fix::Choose{Setting::experimental});
  if (plan.payload.changes_anything() && plan.payload.scan.structure_only && !options.experimental)
    return refuse(plan, RewriteStatus::skipped, Code::experimental,
                  "no real library or image of this kind was ever tried (a Mach-O or PE library, or one of a "
                  "32-bit system)",
                  fix::Choose{Setting::header_or_experimental});
  plan.status = RewriteStatus::rewritten;
  return plan;
}

}  // namespace jireloc
