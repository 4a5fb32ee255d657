// Names and counts of the public values.
#include "base/names.hpp"

#include "jireloc/paths.hpp"
#include "jireloc/payload.hpp"

namespace jireloc {

std::string_view name(OccurrenceKind kind) noexcept {
  using enum OccurrenceKind;
  constexpr Named<OccurrenceKind> kNames[] = {{source_location, "source-location"},
                                              {recorded_source, "recorded-source"},
                                              {path_constant, "path-constant"},
                                              {debug_info, "debug-info"},
                                              {unclassified, "unclassified"}};
  return name_in(kNames, kind);
}

std::string_view name(Match match) noexcept {
  using enum Match;
  constexpr Named<Match> kNames[] = {{path, "path"}, {unclear, "unclear"}, {other_path, "other-path"}};
  return name_in(kNames, match);
}

std::string_view name(PayloadSummary summary) noexcept {
  using enum PayloadSummary;
  constexpr Named<PayloadSummary> kNames[] = {{clean, "clean"},
                                              {source_locations_only, "source locations only"},
                                              {recorded_sources, "recorded sources"},
                                              {path_constants, "path constants"},
                                              {unknown, "unknown"}};
  return name_in(kNames, summary);
}

namespace {
constexpr Named<Spelling> kSpellings[] = {{Spelling::exact, "exact"}, {Spelling::stretched, "stretched"}};
constexpr Named<PayloadMode> kModes[] = {{PayloadMode::automatic, "auto"},
                                         {PayloadMode::require, "require"},
                                         {PayloadMode::header_only, "header-only"},
                                         {PayloadMode::refuse_constants, "refuse-constants"}};
}  // namespace

std::string_view name(Spelling spelling) noexcept {
  return name_in(kSpellings, spelling);
}

std::optional<Spelling> parse_spelling(std::string_view text) noexcept {
  return value_in(kSpellings, text);
}

std::string_view name(PayloadMode mode) noexcept {
  return name_in(kModes, mode);
}

std::optional<PayloadMode> parse_payload_mode(std::string_view text) noexcept {
  return value_in(kModes, text);
}

std::string native_library_path(const std::string& image_path, const Prefix& prefix) {
  const std::string stem(paths::image_stem(image_path));
  if (prefix.uname == "Darwin") return stem + ".dylib";
  return stem + (paths::is_windows_system(prefix.uname) ? ".dll" : ".so");
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
