#include "cli/rewrite_report.hpp"

#include <fmt/format.h>

#include <numeric>

#include "cli/hyperlink.hpp"
#include "cli/places.hpp"
#include "cli/reasons.hpp"

namespace jireloc::cli {
namespace {

void append_counts(JsonWriter& json, std::string_view key,
                   const std::array<uint64_t, kOccurrenceKinds>& counts) {
  json.key(key).begin_object();
  for (size_t kind = 0; kind < counts.size(); ++kind)
    json.count(name(static_cast<OccurrenceKind>(kind)), counts[kind]);
  json.end_object();
}

void append_payload(JsonWriter& json, const PayloadReport& payload) {
  if (!payload.looked_into) return;
  json.key("payload").begin_object();
  json.field("action", name(payload.action)).field("summary", jireloc::name(payload.summary));
  append_counts(json, "found", payload.found);
  append_counts(json, "replaced", payload.replaced);
  json.count("free_bits", payload.free_bits).count("rank", static_cast<uint64_t>(payload.rank));
  json.key("paths").begin_object();
  for (size_t outcome = 0; outcome < kPathOutcomes; ++outcome)
    json.count(jireloc::name(static_cast<PathOutcome>(outcome)), payload.paths[outcome]);
  json.end_object();
  std::vector<std::string> former;
  for (const PathMapping& place : payload.former) former.push_back(place.from);
  json.strings("former_places", former);
  append_grown(json, payload.grown_names, payload.grown_constants, payload.dropped_code, payload.new_identity,
               payload.payload_size, payload.grown_payload_size);
  json.count("residue_count", payload.residue_count).key("residue").begin_array();
  for (const Occurrence& occurrence : payload.residue) {
    json.begin_object().field("file", occurrence.file == PayloadFile::image ? "image" : "library");
    json.field("section", occurrence.section).count("offset", occurrence.offset);
    json.field("kind", jireloc::name(occurrence.kind))
        .path("text", occurrence.text)
        .field("left", occurrence.left);
    json.end_object();
  }
  json.end_array().end_object();
}

std::string json_object(const CommandLine& line, const RewriteOutcome& outcome) {
  JsonWriter json;
  json.begin_object().field("schema", rewrite_schema);
  add_place(json, line.common, outcome.path);
  json.field("status", jireloc::name(outcome.status)).flag("dry_run", line.common.dry_run);
  if (!outcome.target.empty()) json.path("output", paths::absolute(outcome.target));
  append_reasons(json, "reasons", outcome.reasons);
  append_reasons(json, "warnings", outcome.warnings);
  json.count("paths_changed", outcome.paths_changed).count("mtimes_changed", outcome.mtimes_changed);
  json.key("sources").begin_object().count("proven", outcome.sources_proven);
  json.count("unproven", outcome.sources_unproven).count("absent", outcome.sources_absent).end_object();
  append_payload(json, outcome.payload);
  return json.count("bytes_written", outcome.bytes_written).end_object().take();
}

uint64_t total(const std::array<uint64_t, kOccurrenceKinds>& counts) {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

std::string text_line(const RewriteOutcome& outcome, bool color) {
  std::string line = fmt::format("{:<9} {}", jireloc::name(outcome.status), linked(outcome.path, color));
  if (outcome.status == RewriteStatus::rewritten) {
    line +=
        fmt::format(" ({} paths, {} times; payload: {} of {} replaced)", outcome.paths_changed,
                    outcome.mtimes_changed, total(outcome.payload.replaced), total(outcome.payload.found));
  }
  return line + "\n";
}

void count_in(const RewriteOutcome& outcome, RewriteSummary& summary) {
  ++summary.images[outcome.status];
  summary.bytes += outcome.bytes_written;
  summary.grown.add(outcome.payload.grown_names + outcome.payload.grown_constants,
                    outcome.payload.dropped_code);
  summary.texts_replaced += total(outcome.payload.replaced);
  summary.all_looked_into &=
      outcome.status == RewriteStatus::rewritten || outcome.status == RewriteStatus::unchanged;
  for (const PathMapping& mapping : outcome.mappings_used) summary.maps_used.insert(mapping.from);
}

ExitStatus status_of(const RewriteOutcome& outcome) {
  if (outcome.status == RewriteStatus::failed) return ExitStatus::failed;
  return outcome.reasons.empty() ? ExitStatus::well : ExitStatus::findings;
}

}  // namespace

std::string_view name(PayloadAction action) {
  using enum PayloadAction;
  for (const auto& [each, name] :
       {std::pair(relocate, "relocate"), {header_only, "header-only"}, {leave, "leave"}})
    if (each == action) return name;
  return "fail";
}

ItemOutput report(const CommandLine& line, const RewriteOutcome& outcome, RewriteSummary& summary) {
  count_in(outcome, summary);
  ItemOutput output;
  output.status = status_of(outcome);
  for (const auto* reasons : {&outcome.reasons, &outcome.warnings})
    for (const Reason& reason : *reasons)
      if (!line.common.quiet || outcome.status == RewriteStatus::failed)
        output.diagnostics += message_line(
            outcome.path, outcome.status == RewriteStatus::skipped && reasons == &outcome.reasons
                              ? "left alone: " + sentence(reason)
                              : (reasons == &outcome.warnings ? "warning: " : "") + sentence(reason));
  if (line.common.json != JsonMode::none)
    output.text = json_object(line, outcome);
  else if (line.common.verbose)
    output.text = text_line(outcome, line.common.color);
  return output;
}

std::string summary_text(RewriteSummary& summary, bool dry_run) {
  using enum RewriteStatus;
  std::string text = fmt::format(
      "{}rewritten {}, unchanged {}, skipped {}, failed {}; {} payload texts replaced, {} bytes written\n",
      dry_run ? "dry run: " : "", summary.images[rewritten], summary.images[unchanged],
      summary.images[skipped], summary.images[failed], summary.texts_replaced, summary.bytes);
  return text + summary.grown.text();
}

std::string unmatched_maps(const RewriteSummary& summary, const RewriteOptions& options) {
  std::string lines;
  if (!summary.all_looked_into) return lines;
  for (const PathMapping& mapping : options.map.mappings())
    if (!summary.maps_used.contains(mapping.from) && mapping.from != mapping.to)
      lines += message_line("", fmt::format("the map {}={} matched nothing", mapping.from, mapping.to));
  return lines;
}

}  // namespace jireloc::cli
