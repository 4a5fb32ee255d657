#include "rewrite/outcome.hpp"

#include <algorithm>
#include <set>


namespace jireloc::rewriting {
namespace {

Reason reason_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.reason();
  } catch (const std::bad_alloc&) {
    return {ErrorKind::too_large, "more memory would be needed than there is"};
  } catch (const std::exception& error) {
    return {Code::io, error.what()};
  }
}

PayloadReport report_of(const RewritePlan& plan) {
  PayloadReport report;
  report.looked_into =
      !plan.payload.scan.paths.empty() || std::any_of(plan.audit.outcomes.begin(), plan.audit.outcomes.end(),
                                                      [](uint64_t count) { return count != 0; });
  report.action = plan.payload_action;
  report.summary = plan.payload.scan.summary;
  report.found = plan.payload.scan.counts();
  report.paths = plan.audit.outcomes;
  report.former = plan.audit.former;
  if (const auto& growth = plan.payload.growth) {
    report.grown_names = growth->names;
    report.grown_constants = growth->constants;
    report.dropped_code = growth->dropped_code;
    report.payload_size = growth->old_payload_size;
    report.grown_payload_size = growth->payload_size;
    report.new_identity = growth->checksum.has_value();
  }
  report.free_bits = plan.payload.free_bits;
  report.rank = plan.payload.rank;
  const bool relocates = plan.payload.changes_anything();
  if (relocates) report.replaced = plan.payload.replaced;
  for (const Occurrence& occurrence : plan.payload.scan.occurrences) {
    if (occurrence.match == Match::other_path || occurrence.stays || (relocates && occurrence.left.empty()))
      continue;
    if (++report.residue_count > kMostResidue) continue;
    Occurrence& kept = report.residue.emplace_back(occurrence);
    if (kept.text.size() > 256) kept.text.resize(256);
  }
  return report;
}

// Those that a path in the payload matched, too.
void note_mappings(const RewritePlan& plan, std::vector<PathMapping>& used, const PathMap& map) {
  std::set<std::string_view> in_payload;
  for (const Occurrence& occurrence : plan.payload.scan.occurrences)
    if (occurrence.match == Match::path) in_payload.insert(occurrence.path);
  for (const PathMapping& mapping : map.mappings()) {
    if (in_payload.contains(mapping.from) && std::find(used.begin(), used.end(), mapping) == used.end())
      used.push_back(mapping);
  }
}

}  // namespace

void fail(RewriteOutcome& outcome, const std::exception_ptr& failure) {
  outcome.status = RewriteStatus::failed;
  outcome.reasons.push_back(reason_of(failure));
  outcome.bytes_written = 0;
}

void keep_report(RewriteOutcome& outcome, const RewritePlan& plan, const PathMap& map) {
  static_cast<RewriteFindings&>(outcome) = plan;
  outcome.payload = report_of(plan);
  note_mappings(plan, outcome.mappings_used, map);
}

}  // namespace jireloc::rewriting
