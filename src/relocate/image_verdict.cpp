#include "relocate/image_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "jireloc/depot.hpp"
#include "rewrite/planned_source.hpp"

namespace jireloc::relocating {
namespace {

// Whether what stands in its way is that the file system does not tell what its code names.
bool names_unknown(const RewritePlan& plan) {
  return plan.status == RewriteStatus::failed && plan.audit.count(PathOutcome::unknown) != 0 &&
         plan.audit.count(PathOutcome::would_break) == 0;
}

bool is_damaged(const RewritePlan& plan) {
  const auto is_damage = [](const Reason& reason) {
    return reason.code == Code::bad_file_checksum || reason.code == Code::bad_payload_checksum ||
           reason.code == Code::bad_library_checksum;
  };
  return std::any_of(plan.reasons.begin(), plan.reasons.end(), is_damage);
}

}  // namespace

ImageVerdict::ImageVerdict(Judging& judging, const Layers& layers, const std::vector<Error>& unlisted,
                           ImageRules rules)
    : judging_(judging), layers_(layers), unlisted_(unlisted), rules_(std::move(rules)) {
  rules_.options.presences = &judging.presences;
}

std::optional<RewritePlan> ImageVerdict::plan(const ImagePair& pair, const FileView& view,
                                              DepotItem& item) const {
  RewritePlan plan = plan_rewrite(pair, rules_.options, view, judging_.proofs);
  item.warnings = plan.warnings;
  item.absent_before = plan.audit.count(PathOutcome::absent_before);
  // First what its packages came to: that their files are not at the target is only a consequence. A damaged
  // image is not planned so far that it would say where they are.
  auto against = is_damaged(plan) ? std::nullopt : unusable_source(plan);
  if (!against) against = refusal(plan);
  if (!against) return plan;
  refuse(item, std::move(*against));
  return {};
}

std::optional<Refusal> ImageVerdict::refusal(const RewritePlan& plan) const {
  if (plan.status != RewriteStatus::skipped && plan.status != RewriteStatus::failed &&
      plan.sources_unproven == 0 && plan.sources_absent == 0 && plan.sources_unknown == 0)
    return {};
  return Refusal{plan.reasons,
                 (plan.sources_unknown != 0 && plan.sources_unproven == 0) || names_unknown(plan)};
}

// Every source lies in a package folder of the target that is as it should be, or belongs to Julia itself.
std::optional<Refusal> ImageVerdict::unusable_source(const RewritePlan& plan) const {
  for (const Dependency& entry : plan.after.dependencies) {
    if (entry.is_require()) continue;
    const std::string path =
        entry.is_depot_relative()
            ? judging_.places.to_seen() + entry.path.substr(std::string_view("@depot").size())
            : own_name(entry.path);
    if (is_stdlib_path(path) || stays(path) || layers_.hold(path)) continue;
    if (!is_path_prefix(judging_.places.to_seen(), path))
      return Refusal{{{Code::outside_depots, fmt::format("its source {} lies outside the depots", path), path,
                       fix::Choose{Setting::map}}}};
    const auto folder = package_folder_of(path);
    if (!folder) continue;
    if (auto unusable = unusable_package(*folder)) return unusable;
  }
  return {};
}

std::optional<Refusal> ImageVerdict::unusable_package(const PackageFolder& package) const {
  const auto unknown = [&](const std::string& why, Code cause) {
    return Refusal{{{Code::package_unknown,
                     fmt::format("its package {} could not be looked at: {}", package.name, why)}},
                   true,
                   cause};
  };
  const std::string relative = fmt::format("packages/{}/{}", package.name, package.slug);
  for (const Error& problem : unlisted_)
    if (is_path_prefix(problem.file(), judging_.places.from_here() + "/" + relative))
      return unknown(problem.what(), Code::none);
  const auto found = judging_.unusable_packages.find(relative);
  if (found == judging_.unusable_packages.end()) return {};
  const Unusable& unusable = found->second;
  if (unusable.unknown) return unknown(unusable.why, unusable.cause);
  return Refusal{
      {{Code::package_dropped, fmt::format("its package {} is not cached: {}", package.name, unusable.why)}},
      false,
      unusable.cause};
}

std::string ImageVerdict::own_name(const std::string& path) const {
  for (const std::string& name : rules_.names)
    if (is_path_prefix(name, path)) return judging_.places.from_seen() + path.substr(name.size());
  return path;
}

bool ImageVerdict::stays(const std::string& path) const {
  const auto& kept = rules_.options.keep_paths;
  return std::any_of(kept.begin(), kept.end(),
                     [&](const std::string& place) { return is_path_prefix(place, path); });
}

std::string ImageVerdict::flaw_at_target(const Folder& depot, const std::string& path,
                                         uint64_t largest) const {
  try {
    const ImagePair pair = open_image(judging_.system, depot, path.substr(depot.path.size() + 1), largest);
    if (pair.file.is_split() && !pair.library) return "its native library is not there";
    const RewritePlan plan = plan_rewrite(pair, rules_.options, judging_.places.view(), judging_.proofs);
    if (plan.sources_unknown != 0 || names_unknown(plan))
      throw Error(ErrorKind::io, plan.reasons.at(0).message, path);
    if (!plan.reasons.empty()) return plan.reasons[0].message;
    if (plan.status != RewriteStatus::unchanged) return "it is not relocated";
    const auto flaw = this->flaw(pair, plan, path, judging_.places.view());
    return flaw ? flaw->message : std::string();
  } catch (const Error& error) {
    if (!is_disproof(error.kind())) throw;  // then nothing can be said, and nothing is put beside it
    return error.message();
  }
}

std::optional<Reason> ImageVerdict::flaw(const ImagePair& pair, const RewritePlan& plan,
                                         const std::string& target, const FileView& view,
                                         std::vector<Reason>* warnings) const {
  const std::string seen = judging_.places.seen(target);
  CheckContext context;
  context.view = &view;
  context.library = pair.library.get();  // the new one is taken for the old one
  context.depots = layers_.paths();
  context.depots.insert(context.depots.begin(), judging_.places.to_seen());
  context.expected.stdlib = layers_.stdlib(pair.file.prefix.version);
  context.julia_is_elsewhere = judging_.common.bundled.empty();
  context.verify_checksums = false;  // plan_rewrite has done that
  context.content = rules_.checks_code;
  context.proofs = &judging_.proofs;
  context.presences = &judging_.presences;
  const auto planned = rewriting::planned_source(pair, plan, target);
  const ImageReport report = check_image(*planned, seen, context);
  if (report.reasons.empty() && report.findings.empty() && !report.unknowns.empty())
    throw Error(ErrorKind::io, report.unknowns[0].message, target);
  if (!report.reasons.empty() || report.verdict != Verdict::fresh)
    return Reason{Code::stale,
                  report.reasons.empty() ? "Julia would not accept it" : report.reasons[0].message};
  for (const Reason& finding : report.findings) {
    if (finding.code != Code::constant_names_nothing)
      return Reason{finding.code == Code::old_paths_in_payload ? Code::constant_would_break : Code::stale,
                    finding.message, finding.path};
    if (warnings != nullptr) warnings->push_back({Code::constant_names_nothing, finding.message});
  }
  return {};
}

}  // namespace jireloc::relocating
