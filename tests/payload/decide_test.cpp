// What becomes of an image, by mode and by what its plan could do.
#include <catch2/catch.hpp>

#include "jireloc/payload.hpp"

using namespace jireloc;

namespace {

Occurrence occurrence(OccurrenceKind kind, std::string left = {}) {
  Occurrence result;
  result.kind = kind;
  result.left = std::move(left);
  return result;
}

PayloadPlan plan_with(PayloadSummary summary, std::vector<Occurrence> occurrences,
                      Code obstacle = Code::none) {
  PayloadPlan plan;
  plan.scan.summary = summary;
  plan.scan.occurrences = std::move(occurrences);
  if (obstacle != Code::none) plan.obstacle = Reason{obstacle, "why: " + std::string(name(obstacle))};
  return plan;
}

const auto symbol = OccurrenceKind::source_location, constant = OccurrenceKind::path_constant,
           raw = OccurrenceKind::unclassified;

std::string action(PayloadMode mode, const PayloadPlan& plan) {
  const PayloadDecision decision = decide(mode, plan);
  const char* names[] = {"relocate", "header-only", "leave", "fail"};
  return names[static_cast<size_t>(decision.action)] +
         (decision.reason ? " " + std::string(name(decision.reason->code)) : "");
}

}  // namespace

TEST_CASE("A payload that can be relocated is, in every mode but header-only") {
  const auto plan = plan_with(PayloadSummary::path_constants, {occurrence(constant), occurrence(symbol)});
  CHECK(action(PayloadMode::automatic, plan) == "relocate");
  CHECK(action(PayloadMode::require, plan) == "relocate");
  CHECK(action(PayloadMode::refuse_constants, plan) == "relocate");
  CHECK(action(PayloadMode::header_only, plan) == "header-only residue");
}

TEST_CASE(
    "auto relocates the header alone where only source locations would stay, and leaves path constants "
    "alone") {
  for (const Code obstacle : {Code::too_long, Code::not_enough_padding, Code::bad_sections}) {
    const auto harmless =
        plan_with(PayloadSummary::source_locations_only, {occurrence(symbol, "x")}, obstacle);
    CHECK(action(PayloadMode::automatic, harmless) == "header-only " + std::string(name(obstacle)));
    const auto harmful = plan_with(PayloadSummary::path_constants, {occurrence(constant, "x")}, obstacle);
    CHECK(action(PayloadMode::automatic, harmful) == "leave " + std::string(name(obstacle)));
    const auto unclassified = plan_with(PayloadSummary::path_constants, {occurrence(raw, "x")}, obstacle);
    CHECK(action(PayloadMode::automatic, unclassified) == "leave " + std::string(name(obstacle)));
    CHECK(action(PayloadMode::automatic, plan_with(PayloadSummary::clean, {}, obstacle)) == "header-only");
  }
}

TEST_CASE("auto leaves an image whose library is absent, refused or compressed, and says which") {
  for (const Code obstacle : {Code::library_absent, Code::library_refused, Code::compressed,
                              Code::bad_payload_checksum, Code::library_mismatch}) {
    for (const auto summary :
         {PayloadSummary::unknown, PayloadSummary::clean, PayloadSummary::source_locations_only}) {
      const auto plan = plan_with(summary, {}, obstacle);
      CHECK(action(PayloadMode::automatic, plan) == "leave " + std::string(name(obstacle)));
      CHECK(decide(PayloadMode::automatic, plan).reason->message == "why: " + std::string(name(obstacle)));
    }
  }
}

TEST_CASE("require fails an image whose payload cannot be relocated, whatever its payload holds") {
  CHECK(action(PayloadMode::require,
               plan_with(PayloadSummary::source_locations_only, {occurrence(symbol, "x")}, Code::too_long)) ==
        "fail too-long");
  CHECK(action(PayloadMode::require, plan_with(PayloadSummary::unknown, {}, Code::library_absent)) ==
        "fail library-absent");
}

TEST_CASE("refuse-constants fails where a path constant would stay, or might") {
  const auto mode = PayloadMode::refuse_constants;
  CHECK(action(mode, plan_with(PayloadSummary::path_constants, {occurrence(constant, "x")},
                               Code::too_long)) == "fail too-long");
  CHECK(action(mode, plan_with(PayloadSummary::path_constants,
                               {occurrence(constant), occurrence(raw, "x")})) == "fail residue");
  CHECK(action(mode, plan_with(PayloadSummary::source_locations_only, {occurrence(symbol, "x")},
                               Code::too_long)) == "header-only too-long");
  CHECK(action(mode, plan_with(PayloadSummary::unknown, {}, Code::library_absent)) == "fail library-absent");
  CHECK(action(mode, plan_with(PayloadSummary::clean, {}, Code::compressed)) == "header-only");
}

TEST_CASE("header-only warns of what stays, and only where something does") {
  CHECK(action(PayloadMode::header_only, plan_with(PayloadSummary::clean, {})) == "header-only");
  const auto plan = plan_with(PayloadSummary::path_constants, {occurrence(constant), occurrence(constant)});
  CHECK(decide(PayloadMode::header_only, plan).reason->message ==
        "2 path constants will still name the old place");
  const auto mixed =
      plan_with(PayloadSummary::path_constants,
                {occurrence(constant), occurrence(OccurrenceKind::recorded_source), occurrence(raw),
                 occurrence(raw), occurrence(symbol), occurrence(OccurrenceKind::debug_info)});
  CHECK(decide(PayloadMode::header_only, mixed).reason->message ==
        "4 path constants will still name the old place");
  CHECK(decide(PayloadMode::header_only, plan_with(PayloadSummary::path_constants, {occurrence(raw)}))
            .reason->message == "1 path constant will still name the old place");
  CHECK(
      decide(PayloadMode::header_only, plan_with(PayloadSummary::source_locations_only, {occurrence(symbol)}))
          .reason->message == "stack traces will still name the old place");
  CHECK(decide(PayloadMode::header_only, plan_with(PayloadSummary::unknown, {}, Code::library_absent))
            .reason->message == "the payload may still name the old place");
}

TEST_CASE("A plan that leaves some places is carried out with a warning") {
  const auto plan =
      plan_with(PayloadSummary::path_constants, {occurrence(constant), occurrence(constant, "x")});
  const auto decision = decide(PayloadMode::automatic, plan);
  CHECK(decision.action == PayloadAction::relocate);
  CHECK(decision.reason->code == Code::residue);
  CHECK(decision.reason->message == "1 place in the payload will still name the old place");
}

TEST_CASE("Modes are known by the names of --payload") {
  for (const auto mode : {PayloadMode::automatic, PayloadMode::require, PayloadMode::header_only,
                          PayloadMode::refuse_constants})
    CHECK(parse_payload_mode(name(mode)) == mode);
  CHECK_FALSE(parse_payload_mode("automatic"));
}
