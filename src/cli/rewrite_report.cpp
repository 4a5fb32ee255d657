#include "cli/rewrite_report.hpp"

#include <fmt/format.h>

#include "cli/places.hpp"
#include "cli/printable.hpp"
#include "cli/reasons.hpp"

namespace jireloc::cli {
namespace {

using rewriting::Outcome;
using rewriting::PayloadReport;

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
  if (payload.grown_names + payload.grown_constants + payload.dropped_code != 0 || payload.new_identity)
    json.key("grown")
        .begin_object()
        .count("names", payload.grown_names)
        .count("constants", payload.grown_constants)
        .count("dropped_code", payload.dropped_code)
        .flag("new_identity", payload.new_identity)
        .count("payload_size", payload.payload_size)
        .count("payload_size_after", payload.grown_payload_size)
        .end_object();
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

std::string json_object(const CommandLine& line, const Outcome& outcome) {
  JsonWriter json;
  json.begin_object().field("schema", rewrite_schema);
  add_place(json, line.common, outcome.path);
  json.field("status", jireloc::name(outcome.status)).flag("dry_run", line.common.dry_run);
  if (!outcome.target.empty()) json.path("output", absolute_path(outcome.target));
  append_reasons(json, "reasons", outcome.reasons);
  append_reasons(json, "warnings", outcome.warnings);
  json.count("paths_changed", outcome.paths_changed).count("mtimes_changed", outcome.mtimes_changed);
  json.key("sources").begin_object().count("proven", outcome.sources_proven);
  json.count("unproven", outcome.sources_unproven).count("absent", outcome.sources_absent).end_object();
  append_payload(json, outcome.payload);
  return json.count("bytes_written", outcome.bytes_written).end_object().take();
}

uint64_t total(const std::array<uint64_t, kOccurrenceKinds>& counts) {
  uint64_t sum = 0;
  for (const uint64_t count : counts) sum += count;
  return sum;
}

std::string text_line(const Outcome& outcome) {
  std::string line = fmt::format("{:<9} {}", jireloc::name(outcome.status), printable(outcome.path));
  if (outcome.status == RewriteStatus::rewritten) {
    line +=
        fmt::format(" ({} paths, {} times; payload: {} of {} replaced)", outcome.paths_changed,
                    outcome.mtimes_changed, total(outcome.payload.replaced), total(outcome.payload.found));
  }
  return line + "\n";
}

void count_in(const Outcome& outcome, RewriteSummary& summary) {
  switch (outcome.status) {
    case RewriteStatus::rewritten:
      ++summary.rewritten;
      break;
    case RewriteStatus::unchanged:
      ++summary.unchanged;
      break;
    case RewriteStatus::skipped:
      ++summary.skipped;
      break;
    case RewriteStatus::failed:
      ++summary.failed;
      break;
  }
  summary.bytes += outcome.bytes_written;
  summary.grown += outcome.payload.grown_names + outcome.payload.grown_constants != 0;
  summary.dropped_images += outcome.payload.dropped_code != 0;
  summary.dropped_code += outcome.payload.dropped_code;
  summary.texts_replaced += total(outcome.payload.replaced);
  summary.all_looked_into &=
      outcome.status == RewriteStatus::rewritten || outcome.status == RewriteStatus::unchanged;
  for (const PathMapping& mapping : outcome.mappings_used) summary.maps_used.insert(mapping.from);
}

ExitStatus status_of(const Outcome& outcome) {
  if (outcome.status == RewriteStatus::failed) return ExitStatus::failed;
  return outcome.reasons.empty() ? ExitStatus::well : ExitStatus::findings;
}

}  // namespace

std::string_view name(PayloadAction action) {
  switch (action) {
    case PayloadAction::relocate:
      return "relocate";
    case PayloadAction::header_only:
      return "header-only";
    case PayloadAction::leave:
      return "leave";
    case PayloadAction::fail:
      return "fail";
  }
  return "unknown";
}

ItemOutput report(const CommandLine& line, const Outcome& outcome, RewriteSummary& summary) {
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
    output.text = text_line(outcome);
  return output;
}

std::string summary_text(const RewriteSummary& summary, bool dry_run) {
  std::string text = fmt::format(
      "{}rewritten {}, unchanged {}, skipped {}, failed {}; {} payload texts replaced, {} bytes written\n",
      dry_run ? "dry run: " : "", summary.rewritten, summary.unchanged, summary.skipped, summary.failed,
      summary.texts_replaced, summary.bytes);
  if (summary.grown != 0) text += fmt::format("texts grew in {} images\n", summary.grown);
  if (summary.dropped_images != 0)
    text += fmt::format(
        "{} compiled functions in {} of them were dropped and will be compiled when they are called; "
        "--payload-alias=auto would keep them\n",
        summary.dropped_code, summary.dropped_images);
  return text;
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
