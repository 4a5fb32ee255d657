// What is to become of an image, by the mode that the user asked for and what a plan could do.
#include <fmt/format.h>

#include "jireloc/payload.hpp"

namespace jireloc {
namespace {

uint64_t constants_in(const PayloadScan& scan) {
  const auto counts = scan.counts();
  return counts[static_cast<size_t>(OccurrenceKind::recorded_source)] +
         counts[static_cast<size_t>(OccurrenceKind::path_constant)] +
         counts[static_cast<size_t>(OccurrenceKind::unclassified)];
}

// What stays if the payload is left alone, as the head of a sentence.
std::string what_stays(const PayloadScan& scan) {
  if (scan.summary == PayloadSummary::unknown) return "the payload may still name the old place";
  const uint64_t constants = constants_in(scan);
  if (constants != 0)
    return fmt::format("{} path constant{} will still name the old place", constants,
                       constants == 1 ? "" : "s");
  return "stack traces will still name the old place";
}

bool is_damage(Code obstacle) {
  return obstacle == Code::bad_payload_checksum || obstacle == Code::library_mismatch;
}

// The header alone is relocated, for that reason.
PayloadDecision header_alone(const PayloadScan& scan, const Reason& obstacle) {
  Reason reason = obstacle;
  reason.message = fmt::format("the header alone is relocated, {}: {}", what_stays(scan), obstacle.message);
  return {PayloadAction::header_only, std::move(reason)};
}

// Obstacles for which a scan that finds nothing is no proof, or that the user must hear of in any case.
bool must_be_left(Code obstacle) {
  return obstacle == Code::library_absent || obstacle == Code::library_refused ||
         obstacle == Code::compressed || is_damage(obstacle) || obstacle == Code::dependency_grown;
}

PayloadDecision relocate(const PayloadPlan& plan) {
  const size_t residue = plan.residue().size();
  if (residue == 0) return {};
  return {PayloadAction::relocate,
          Reason{Code::residue, fmt::format("{} place{} in the payload will still name the old place",
                                            residue, residue == 1 ? "" : "s")}};
}

PayloadDecision decide_automatic(const PayloadPlan& plan) {
  if (!plan.obstacle) return relocate(plan);
  const Reason& obstacle = *plan.obstacle;
  if (must_be_left(obstacle.code)) return {PayloadAction::leave, obstacle};
  if (plan.scan.summary == PayloadSummary::clean) return {PayloadAction::header_only};
  if (plan.scan.summary == PayloadSummary::source_locations_only) return header_alone(plan.scan, obstacle);
  return {PayloadAction::leave, obstacle};
}

PayloadDecision decide_refuse_constants(const PayloadPlan& plan) {
  const bool unknown = plan.scan.summary == PayloadSummary::unknown;
  if (plan.obstacle && (unknown || is_damage(plan.obstacle->code)))
    return {PayloadAction::fail, plan.obstacle};
  const uint64_t remaining = plan.remaining_constants();
  if (remaining != 0) {
    Reason reason = plan.obstacle.value_or(Reason{Code::residue});
    reason.message = fmt::format("{} path constant{} would still name the old place{}", remaining,
                                 remaining == 1 ? "" : "s", plan.obstacle ? ": " + reason.message : "");
    return {PayloadAction::fail, std::move(reason)};
  }
  if (!plan.obstacle) return relocate(plan);
  if (plan.scan.summary == PayloadSummary::clean) return {PayloadAction::header_only};
  return header_alone(plan.scan, *plan.obstacle);
}

}  // namespace

PayloadDecision decide(PayloadMode mode, const PayloadPlan& plan) {
  switch (mode) {
    case PayloadMode::automatic:
      return decide_automatic(plan);
    case PayloadMode::require:
      if (plan.obstacle) return {PayloadAction::fail, plan.obstacle};
      return relocate(plan);
    case PayloadMode::refuse_constants:
      return decide_refuse_constants(plan);
    case PayloadMode::header_only:
      break;
  }
  if (plan.scan.summary == PayloadSummary::clean) return {PayloadAction::header_only};
  return {PayloadAction::header_only, Reason{Code::residue, what_stays(plan.scan)}};
}

}  // namespace jireloc
