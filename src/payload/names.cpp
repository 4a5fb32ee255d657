// Names and counts of the public values.
#include "jireloc/payload.hpp"

namespace jireloc {

std::string_view name(OccurrenceKind kind) noexcept {
  switch (kind) {
    case OccurrenceKind::source_location:
      return "source-location";
    case OccurrenceKind::recorded_source:
      return "recorded-source";
    case OccurrenceKind::path_constant:
      return "path-constant";
    case OccurrenceKind::debug_info:
      return "debug-info";
    case OccurrenceKind::unclassified:
      return "unclassified";
  }
  return "unknown";
}

std::string_view name(Match match) noexcept {
  switch (match) {
    case Match::path:
      return "path";
    case Match::unclear:
      return "unclear";
    case Match::other_path:
      return "other-path";
  }
  return "unknown";
}

std::string_view name(PayloadSummary summary) noexcept {
  switch (summary) {
    case PayloadSummary::clean:
      return "clean";
    case PayloadSummary::source_locations_only:
      return "source locations only";
    case PayloadSummary::recorded_sources:
      return "recorded sources";
    case PayloadSummary::path_constants:
      return "path constants";
    case PayloadSummary::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view name(Spelling spelling) noexcept {
  return spelling == Spelling::exact ? "exact" : "stretched";
}

std::optional<Spelling> parse_spelling(std::string_view text) noexcept {
  for (const Spelling spelling : {Spelling::exact, Spelling::stretched}) {
    if (name(spelling) == text) return spelling;
  }
  return std::nullopt;
}

std::string_view name(PayloadMode mode) noexcept {
  switch (mode) {
    case PayloadMode::automatic:
      return "auto";
    case PayloadMode::require:
      return "require";
    case PayloadMode::header_only:
      return "header-only";
    case PayloadMode::refuse_constants:
      return "refuse-constants";
  }
  return "unknown";
}

std::optional<PayloadMode> parse_payload_mode(std::string_view text) noexcept {
  for (const PayloadMode mode : {PayloadMode::automatic, PayloadMode::require, PayloadMode::header_only,
                                 PayloadMode::refuse_constants}) {
    if (name(mode) == text) return mode;
  }
  return std::nullopt;
}

std::string native_library_path(const std::string& image_path, const Prefix& prefix) {
  std::string stem = image_path;
  if (stem.ends_with(".ji")) stem.resize(stem.size() - 3);
  if (prefix.uname == "Darwin") return stem + ".dylib";
  // MINGW and MSYS builds name themselves so; official ones say "Windows" or "NT".
  if (prefix.uname == "Windows" || prefix.uname == "NT" || prefix.uname.starts_with("MINGW"))
    return stem + ".dll";
  return stem + ".so";
}

std::array<uint64_t, kOccurrenceKinds> PayloadScan::counts() const {
  std::array<uint64_t, kOccurrenceKinds> result{};
  for (const Occurrence& occurrence : occurrences) {
    if (occurrence.match != Match::other_path) ++result[static_cast<size_t>(occurrence.kind)];
  }
  return result;
}

std::vector<const Occurrence*> PayloadPlan::residue() const {
  std::vector<const Occurrence*> result;
  for (const Occurrence& occurrence : scan.occurrences) {
    if (occurrence.match != Match::other_path && !occurrence.left.empty() && !occurrence.stays)
      result.push_back(&occurrence);
  }
  return result;
}

uint64_t PayloadPlan::remaining_constants() const {
  uint64_t count = 0;
  for (const Occurrence* occurrence : residue()) {
    count +=
        occurrence->kind != OccurrenceKind::source_location && occurrence->kind != OccurrenceKind::debug_info;
  }
  return count;
}

}  // namespace jireloc
